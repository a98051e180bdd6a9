// The sending half of the canary: one record to each led partition, at its time, whatever became of the ones before.
import { isMillraceError, type MillraceError } from '../../core/errors.ts'
import { produce } from '../../wire/apis/00-produce.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import { buildBatch } from '../../wire/record-batch/build.ts'
import { gapOf } from '../gap.ts'
import type { CanaryBooks } from './books.ts'
import type { CanaryClock } from './canary.ts'
import { encodeProbe } from './probe-record.ts'

const acksAll = -1

export interface SenderDeps {
  readonly cluster: Cluster
  readonly topic: { readonly name: string; readonly id: string }
  readonly run: string
  readonly timeoutMs: number
  readonly books: CanaryBooks
  readonly clock: CanaryClock
}

/** Resolves when it is settled; failures go to the books. */
export async function sendProbe(deps: SenderDeps, partition: number, leader: number): Promise<void> {
  const { books, clock, cluster } = deps
  const ledger = books.ledger(partition)
  const sentMs = clock.nowMs()
  const sequence = ledger.send(sentMs)
  try {
    const offset = await send(deps, { partition, leader, sequence })
    ledger.acknowledge(sequence, offset)
    books.latencies(leader).produce.observe((clock.nowMs() - sentMs) / 1000)
  } catch (error) {
    if (!isMillraceError(error)) throw error
    ledger.fail(sequence)
    cluster.forget(error)
    books.fail('produce', leader, reasonOf(error))
  }
}

export const reasonOf = (error: MillraceError) => gapOf('broker', '', error).reason

interface ProbeTarget {
  readonly partition: number
  readonly leader: number
  readonly sequence: number
}

async function send(deps: SenderDeps, { partition, leader, sequence }: ProbeTarget): Promise<number> {
  const { cluster, topic, run, timeoutMs, clock } = deps
  const wallMs = clock.wallMs()
  const value = encodeProbe({ run, sequence, sentAt: new Date(wallMs).toISOString() })
  const records = buildBatch({ records: [{ key: null, value, timestampMs: wallMs }] })
  const topicData = [{ name: topic.name, topicId: topic.id, partitionData: [{ index: partition, records }] }]
  const answer = await cluster.send({ broker: leader }, produce, { acks: acksAll, timeoutMs, topicData }, { timeoutMs })
  const { errorCode, errorMessage, baseOffset } = answer.responses[0]!.partitionResponses[0]!
  if (errorCode !== kafkaCode.NONE) throw kafkaError(errorCode, `${topic.name}-${partition}`, errorMessage ?? null)
  return baseOffset
}
