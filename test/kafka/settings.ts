// Client settings of a harness cluster, for suites that go in by wire/.
import { type ClientSettings, clientDefaults, type HostPort } from '../../wire/settings.ts'

export function hostPorts(bootstrap: string): HostPort[] {
  return bootstrap.split(',').map(address => {
    const [host = '', port] = address.split(':')
    return { host, port: Number(port) }
  })
}

export function settingsOf(bootstrap: string, more: Partial<ClientSettings> = {}): ClientSettings {
  return { ...clientDefaults, bootstrap: hostPorts(bootstrap), ...more }
}
