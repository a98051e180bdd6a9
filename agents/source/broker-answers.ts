// Whether each broker answers, how fast, and what it is: the APIs it serves tell its version. Every broker is asked by itself, so
// one that is frozen is named and holds up nobody.
import { performance } from 'node:perf_hooks'
import { isMillraceError } from '../../core/errors.ts'
import { metadata } from '../../wire/apis/03-metadata.ts'
import { apiByKey } from '../../wire/apis/index.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { metadataRequest } from '../../wire/cluster-metadata.ts'
import { printableVersion } from '../../wire/metadata-versions.ts'
import { type Gap, gapOf } from '../gap.ts'
import { type Found, forgotten } from './groups.ts'

export interface BrokerAnswer {
  /** Of a small request on an open connection. */
  readonly responseSec: number
  readonly version: string
  /** API name to the highest version that the broker serves. */
  readonly apiVersions: ReadonlyMap<string, number>
}

export async function readBrokerAnswers(
  cluster: Cluster,
  brokers: readonly number[],
  timeoutMs: number,
): Promise<Found<Map<number, BrokerAnswer>>> {
  const found = new Map<number, BrokerAnswer>()
  const gaps: Gap[] = []
  await Promise.all(
    brokers.map(async broker => {
      try {
        found.set(broker, await answerOf(cluster, broker, timeoutMs))
      } catch (error) {
        if (!isMillraceError(error)) throw error
        gaps.push(gapOf('broker', String(broker), forgotten(cluster, error)))
      }
    }),
  )
  return { found, gaps }
}

async function answerOf(cluster: Cluster, broker: number, timeoutMs: number): Promise<BrokerAnswer> {
  const connection = await cluster.connection(broker)
  const startedMs = performance.now()
  await connection.send(metadata, metadataRequest([]), { timeoutMs })
  const responseSec = (performance.now() - startedMs) / 1000
  const { apiVersions: served } = connection
  const named = served.apiKeys.flatMap(({ apiKey, maxVersion }) => {
    const api = apiByKey.get(apiKey)
    return api === undefined ? [] : [[api.name, maxVersion] as const]
  })
  return { responseSec, version: printableVersion(served), apiVersions: new Map(named) }
}
