// metadata.version (KIP-778): the feature level that a KRaft cluster has agreed on, and by its highest level the release
// that a broker is of. No API says a broker's version; this is the nearest that the protocol has.
import type { BrokerApis } from './api-ranges.ts'

const featureName = 'metadata.version'

/** First level of each release; the levels after it are that release's too. */
const firstLevels: readonly (readonly [level: number, release: string])[] = [
  [1, '3.0'],
  [2, '3.1'],
  [3, '3.2'],
  [4, '3.3'],
  [8, '3.4'],
  [9, '3.5'],
  [12, '3.6'],
  [15, '3.7'],
  [20, '3.8'],
  [21, '3.9'],
  [22, '4.0'],
  [26, '4.1'],
  [28, '4.2'],
  [30, '4.3'],
  [31, '4.4'],
  [34, '4.5'],
]

/** `4.3-IV0` as Kafka writes it; a level beyond the table is given as it is. */
export function metadataVersionName(level: number): string {
  const found = firstLevels.findLast(([first]) => first <= level)
  const isBeyond = level > firstLevels.at(-1)![0]
  if (found === undefined || isBeyond) return `level ${level}`
  const [first, release] = found
  // 3.0-IV0 was never released: its first level is IV1.
  return `${release}-IV${level - first + (release === '3.0' ? 1 : 0)}`
}

/** What to print for a broker: `4.3 (metadata.version 4.3-IV0)`; without features it is older than KRaft or not KRaft. */
export function printableVersion({ supportedFeatures, finalizedFeatures }: BrokerApis): string {
  const highest = supportedFeatures.find(({ name }) => name === featureName)?.maxVersion
  if (highest === undefined) return 'unknown (no metadata.version: not KRaft)'
  const release = metadataVersionName(highest).replace(/-IV\d+$/, '')
  const finalized = finalizedFeatures.find(({ name }) => name === featureName)?.maxVersionLevel
  return finalized === undefined ? release : `${release} (metadata.version ${metadataVersionName(finalized)})`
}
