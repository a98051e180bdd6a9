// Shows what is printed for a broker, by the feature levels that it names. Levels are those of MetadataVersion in 4.4.
import { describe, expect, it } from 'vitest'
import type { BrokerApis } from '../../wire/api-ranges.ts'
import { metadataVersionName, printableVersion } from '../../wire/metadata-versions.ts'

const levels: [number, string][] = [
  [1, '3.0-IV1'],
  [2, '3.1-IV0'],
  [7, '3.3-IV3'],
  [14, '3.6-IV2'],
  [19, '3.7-IV4'],
  [20, '3.8-IV0'],
  [21, '3.9-IV0'],
  [25, '4.0-IV3'],
  [27, '4.1-IV1'],
  [29, '4.2-IV1'],
  [30, '4.3-IV0'],
  [33, '4.4-IV2'],
  [99, 'level 99'],
]

const apisWith = (supported: number | undefined, finalized: number | undefined): BrokerApis => {
  const name = 'metadata.version'
  return {
    errorCode: 0,
    apiKeys: [],
    throttleTimeMs: 0,
    supportedFeatures: supported === undefined ? [] : [{ name, minVersion: 1, maxVersion: supported }],
    finalizedFeaturesEpoch: 1,
    finalizedFeatures:
      finalized === undefined ? [] : [{ name, maxVersionLevel: finalized, minVersionLevel: finalized }],
    zkMigrationReady: false,
  }
}

describe('metadata.version', () => {
  it.each(levels)('level %i is %s', (level, name) => {
    expect(metadataVersionName(level)).toBe(name)
  })

  it('prints the release that a broker can do, and the level that the cluster has agreed on', () => {
    expect(printableVersion(apisWith(30, 21))).toBe('4.3 (metadata.version 3.9-IV0)')
    expect(printableVersion(apisWith(21, undefined))).toBe('3.9')
    expect(printableVersion(apisWith(99, 99))).toBe('level 99 (metadata.version level 99)')
    expect(printableVersion(apisWith(undefined, undefined))).toBe('unknown (no metadata.version: not KRaft)')
  })
})
