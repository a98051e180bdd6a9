// What a broker is, and the producer identities that any broker gives.
import { initProducerId as initProducerIdApi } from '../apis/22-init-producer-id.ts'
import type { Cluster } from '../cluster.ts'
import { kafkaCode, kafkaError } from '../error-codes.ts'
import { printableVersion } from '../metadata-versions.ts'

export interface BrokerDescription {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
  /** For people: `4.3 (metadata.version 4.3-IV0)`. */
  readonly version: string
}

/** The broker with this id; the first of the cluster when left out. */
export async function describeBroker(cluster: Cluster, brokerId?: number): Promise<BrokerDescription> {
  const { brokers } = await cluster.metadata()
  const id = brokerId ?? Math.min(...brokers.keys())
  const { node, apiVersions } = await cluster.retry(() => cluster.connection(id))
  const rack = brokers.get(id)?.rack ?? null
  return { id, host: node.host, port: node.port, rack, version: printableVersion(apiVersions) }
}

export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

/** A new identity for an idempotent producer without transactions (KIP-98). */
export async function initProducerId(cluster: Cluster): Promise<ProducerIdentity> {
  const body = { transactionalId: null, transactionTimeoutMs: 0 }
  const { producerId, producerEpoch } = await cluster.sendWithRetry('any', initProducerIdApi, body, {
    check: ({ errorCode }) => {
      if (errorCode !== kafkaCode.NONE) throw kafkaError(errorCode, 'new producer id')
    },
  })
  return { producerId, producerEpoch }
}
