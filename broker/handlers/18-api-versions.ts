// ApiVersions: what is served, from the table of handlers, and the feature levels that clients choose their behaviour by.
import { apiVersions } from '../../wire/apis/18-api-versions.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { finalizedFeatures, supportedFeatures } from '../features.ts'
import { handlerOf, type RequestContext } from '../handler.ts'

/** KIP-511: letters, digits, '-' and '.', beginning and ending with a letter or digit. */
const softwarePattern = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/
const softwareSince = 3
const clusterIdSince = 5

export const apiVersionsHandler = handlerOf(apiVersions, (context, request) => {
  const { cluster, version } = context
  const refuse = (errorCode: number) => ({ errorCode, apiKeys: served(context), throttleTimeMs: 0 })
  if (version > apiVersions.versions[1]) {
    const apiKeys = served(context).filter(({ apiKey }) => apiKey === apiVersions.key)
    return { errorCode: kafkaCode.UNSUPPORTED_VERSION, apiKeys }
  }
  const { clientSoftwareName, clientSoftwareVersion, clusterId } = request
  const isNamed = softwarePattern.test(clientSoftwareName) && softwarePattern.test(clientSoftwareVersion)
  if (version >= softwareSince && !isNamed) return refuse(kafkaCode.INVALID_REQUEST)
  // KIP-1242: a client that was meant for another cluster bootstraps again.
  if (version >= clusterIdSince && clusterId !== null && clusterId !== cluster.clusterId) {
    return refuse(kafkaCode.REBOOTSTRAP_REQUIRED)
  }
  return {
    errorCode: kafkaCode.NONE,
    apiKeys: served(context),
    throttleTimeMs: 0,
    supportedFeatures: supportedFeatures(version),
    finalizedFeaturesEpoch: 1,
    finalizedFeatures,
  }
})

/**
 * librdkafka up to 2.9 compresses only when Produce is said to be served from version 0 on, so Kafka says so too
 * (KAFKA-18659), although such a request is refused.
 */
function served({ cluster }: RequestContext) {
  return cluster.served.map(api => (api.apiKey === 0 ? { ...api, minVersion: 0 } : api))
}
