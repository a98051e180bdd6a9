// The other monitors that are measured and compared with: how each is started, and where its binary is. They are not dependencies: who
// has them says where they are.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { MonitorKind } from './monitor.ts'

export type PeerName = 'kminion' | 'kafka_exporter'

/** Names the binary; otherwise it is looked for on PATH by its own name. */
export const peerVariables: Readonly<Record<PeerName, string>> = {
  kminion: 'KMINION_BINARY',
  kafka_exporter: 'KAFKA_EXPORTER_BINARY',
}

const starts: Readonly<Record<PeerName, MonitorKind['start']>> = {
  kminion: (bootstrap, port) => ({
    args: [],
    env: { KAFKA_BROKERS: bootstrap, EXPORTER_PORT: String(port), EXPORTER_HOST: '127.0.0.1', LOGGER_LEVEL: 'error' },
  }),
  kafka_exporter: (bootstrap, port) => ({
    args: [
      ...bootstrap.split(',').map(server => `--kafka.server=${server}`),
      `--web.listen-address=127.0.0.1:${port}`,
      '--kafka.version=3.9.0',
    ],
    env: {},
  }),
}

export const peerKind = (name: PeerName, path: string): MonitorKind => ({ name, path, start: starts[name] })

/** Undefined: it is not here. A path that is given and wrong is an error of whoever runs it. */
export function peerBinary(name: PeerName, env: NodeJS.ProcessEnv): string | undefined {
  const given = env[peerVariables[name]]
  if (given !== undefined && given !== '') return given
  return (env.PATH ?? '')
    .split(delimiter)
    .map(dir => join(dir, name))
    .find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
