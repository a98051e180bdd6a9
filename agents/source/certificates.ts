// The certificates that TLS listeners show: those of the brokers as the agent reaches them, and other addresses that it is told of.
// They change once a year, so they are looked at seldom, and kept in between.
import { isMillraceError } from '../../core/errors.ts'
import type { Parsed } from '../../core/units.ts'
import { type ListenerCertificate, readCertificate } from '../../wire/certificate.ts'
import type { ClientSettings, HostPort } from '../../wire/settings.ts'
import { type Gap, gapOf } from '../gap.ts'
import type { Found } from './groups.ts'

export interface CertificateSettings {
  readonly everyMs: number
  readonly timeoutMs: number
  /** Beside the brokers' own. */
  readonly addresses: readonly HostPort[]
}

export interface SeenCertificate extends ListenerCertificate {
  /** `host:port`. */
  readonly address: string
}

export const parseAddress = (text: string): Parsed<HostPort> => {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined || Number(port) > 65_535) return { problem: `"${text}" is not an address like broker-1:9093` }
  return { value: { host, port: Number(port) } }
}

export class CertificateWatch {
  readonly #client: ClientSettings
  readonly #settings: CertificateSettings
  readonly #nowMs: () => number
  readonly #seen = new Map<string, { readonly atMs: number; readonly certificate: SeenCertificate }>()

  constructor(client: ClientSettings, settings: CertificateSettings, nowMs: () => number) {
    this.#client = client
    this.#settings = settings
    this.#nowMs = nowMs
  }

  /** A listener that does not answer is asked again at the next look; meanwhile what it showed last is no news, and not told. */
  async look(brokers: Iterable<HostPort>): Promise<Found<SeenCertificate[]>> {
    const own = this.#client.securityProtocol.endsWith('SSL') ? [...brokers] : []
    const nodes = new Map([...own, ...this.#settings.addresses].map(node => [`${node.host}:${node.port}`, node]))
    for (const address of this.#seen.keys()) if (!nodes.has(address)) this.#seen.delete(address)
    const gaps: Gap[] = []
    const found = await Promise.all(
      [...nodes].map(async ([address, node]) => {
        const known = this.#seen.get(address)
        if (known !== undefined && this.#nowMs() - known.atMs < this.#settings.everyMs) return [known.certificate]
        try {
          const certificate = { address, ...(await readCertificate(node, this.#client.tls, this.#settings.timeoutMs)) }
          this.#seen.set(address, { atMs: this.#nowMs(), certificate })
          return [certificate]
        } catch (error) {
          if (!isMillraceError(error)) throw error
          gaps.push(gapOf('broker', address, error))
          return []
        }
      }),
    )
    return { found: found.flat(), gaps }
  }
}
