// Which version of an API both sides speak. The broker says what it knows in ApiVersions (KIP-35); of what both know the
// highest is used.
import { MillraceError } from '../core/errors.ts'
import { apiVersions } from './apis/18-api-versions.ts'
import { kafkaCode, kafkaError } from './error-codes.ts'
import type { Api, RequestOf, ResponseOf } from './schema.ts'

export type BrokerApis = ResponseOf<typeof apiVersions>
type VersionRange = readonly [min: number, max: number]

/** Sent to the broker, which counts clients by it (KIP-511). */
export const softwareName = 'millrace'
export const softwareVersion = '0.1.0'

/** Asks in the newest version known here; a broker that is older says so, and is asked again in one that it knows. */
export async function askApiVersions(
  peer: string,
  ask: (version: number, body: RequestOf<typeof apiVersions>) => Promise<BrokerApis>,
): Promise<BrokerApis> {
  const body = { clientSoftwareName: softwareName, clientSoftwareVersion: softwareVersion, clusterId: null }
  const first = await ask(apiVersions.versions[1], body)
  if (first.errorCode !== kafkaCode.UNSUPPORTED_VERSION) return checked(peer, first)
  return checked(peer, await ask(new ApiRanges(peer, first).versionOf(apiVersions, 0), body))
}

function checked(peer: string, answer: BrokerApis): BrokerApis {
  if (answer.errorCode !== kafkaCode.NONE) throw kafkaError(answer.errorCode, `${peer}: ApiVersions`)
  return answer
}

export class ApiRanges {
  readonly #peer: string
  readonly #ranges: ReadonlyMap<number, VersionRange>
  readonly #chosen = new Map<number, number>()

  constructor(peer: string, { apiKeys }: BrokerApis) {
    this.#peer = peer
    this.#ranges = new Map(apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion]]))
  }

  /** `unlisted` is the answer for an API that the broker says nothing about. */
  versionOf(api: Api, unlisted?: number): number {
    const known = this.#chosen.get(api.key)
    if (known !== undefined) return known
    const range = this.#ranges.get(api.key)
    if (range === undefined && unlisted !== undefined) return unlisted
    const version = this.#highestOfBoth(api, range)
    this.#chosen.set(api.key, version)
    return version
  }

  #highestOfBoth({ name, versions }: Api, range: VersionRange | undefined): number {
    const ours = `millrace versions ${versions[0]} to ${versions[1]}`
    if (range === undefined) {
      throw new MillraceError('VERSION_UNSUPPORTED', `${this.#peer} does not serve ${name} (${ours})`)
    }
    const version = Math.min(versions[1], range[1])
    if (version >= Math.max(versions[0], range[0])) return version
    const theirs = `the broker versions ${range[0]} to ${range[1]}`
    throw new MillraceError('VERSION_UNSUPPORTED', `${this.#peer}: ${name} has ${theirs}, ${ours}`)
  }
}
