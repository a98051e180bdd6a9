// ApiVersions (key 18): which versions of which API a broker serves, and its feature levels (KIP-584).
//
// Its response always has header version 0, and a broker that does not know the asked version answers in version 0 with
// UNSUPPORTED_VERSION (KIP-511): a client cannot know what it may send before it has read this. See frame.ts.
import { api, array, boolean, int16, int32, int64, nullable, string } from '../schema.ts'

export const apiVersions = api({
  key: 18,
  name: 'ApiVersions',
  versions: [0, 5],
  flexibleSince: 3,
  request: {
    clientSoftwareName: string.since(3), // KIP-511: shown in the broker's metrics; letters, digits, '-' and '.' only
    clientSoftwareVersion: string.since(3),
    clusterId: nullable(string).since(5), // KIP-1242: a broker refuses a client that was meant for another cluster
    nodeId: int32.since(5).default(-1),
  },
  response: {
    errorCode: int16,
    apiKeys: array({ apiKey: int16, minVersion: int16, maxVersion: int16 }),
    throttleTimeMs: int32.since(1),
    supportedFeatures: array({ name: string, minVersion: int16, maxVersion: int16 }).since(3).tag(0),
    finalizedFeaturesEpoch: int64.since(3).tag(1).default(-1), // -1: not known yet
    finalizedFeatures: array({ name: string, maxVersionLevel: int16, minVersionLevel: int16 }).since(3).tag(2),
    zkMigrationReady: boolean.since(3).tag(3),
  },
})
