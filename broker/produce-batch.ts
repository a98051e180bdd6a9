// DATA PLANE: at most 0.25 us a record of 100 bytes over the whole broker; here one checksum and one copy a byte, the rest per
// batch.
//
// What Kafka checks before it stores a batch (LogValidator, ProduceRequest.validateRecords), then the append.
import { isMillraceError } from '../core/errors.ts'
import { crc32c } from '../wire/checksum.ts'
import { kafkaCode } from '../wire/error-codes.ts'
import { at, attributeBits, crcCoversFrom, noProducer } from '../wire/record-batch/constants.ts'
import { BatchHeader } from '../wire/record-batch/scan.ts'
import { keyProblemOf } from './compacted-keys.ts'
import type { Partition } from './partition.ts'
import { makeProducerStates, type ProducerBatch, producerBatchOf } from './producer-state.ts'
import type { ResolvedConfigs } from './topic-configs.ts'
import type { TransactionCheck } from './transactional-write.ts'

export interface Stored {
  readonly errorCode: number
  readonly baseOffset: number
  readonly logAppendTimeMs: number
  readonly errorMessage: string | null
}

const codecIdMax = 4
/** One for the thread: it is read before anything else happens. */
const header = new BatchHeader()

export const refused = (errorCode: number, errorMessage: string | null = null): Stored => {
  return { errorCode, errorMessage, baseOffset: -1, logAppendTimeMs: -1 }
}

export interface StoreInput {
  readonly partition: Partition
  readonly configs: ResolvedConfigs
  readonly records: Buffer
  readonly nowMs: number
  /** Asked for the first batch of a transaction in a partition. */
  readonly transactionCheck: TransactionCheck
}

export function storeBatch(input: StoreInput): Stored {
  const { partition, configs, records, nowMs } = input
  const wrong = problemOf(records, configs, nowMs)
  if (wrong !== undefined) return wrong
  if (configs.isCompacted) {
    const keyless = keyProblemOf(records, `${partition.topicName}-${partition.index}`)
    if (keyless !== undefined) return refused(keyless.errorCode, keyless.errorMessage)
  }
  const producer = header.producerId === noProducer ? undefined : producerBatchOf(header)
  const settled = producer && settledBefore(input, producer)
  if (settled !== undefined) return settled
  if (configs.isLogAppendTime) stampAppendTime(records, nowMs)
  const baseOffset = partition.append(header)
  if (baseOffset === undefined) {
    return refused(kafkaCode.KAFKA_STORAGE_ERROR, memoryLimitReached)
  }
  if (producer !== undefined) partition.part(makeProducerStates).append(producer, baseOffset, nowMs)
  return stored(baseOffset, configs.isLogAppendTime ? nowMs : -1)
}

const memoryLimitReached =
  'the memory limit of the embedded broker is reached: set retention.bytes or retention.ms on the topic, or raise --memory'

/** An idempotent producer's batch may have been stored before, or must not be stored. */
function settledBefore(input: StoreInput, producer: ProducerBatch): Stored | undefined {
  const { partition, configs } = input
  const isInTransaction = partition.log.transactions.firstOffsetOf(producer.producerId) !== undefined
  const verdict = partition.part(makeProducerStates).check(producer, isInTransaction)
  if (verdict.kind === 'refuse') return refused(verdict.errorCode)
  if (verdict.kind === 'duplicate')
    return stored(verdict.baseOffset, configs.isLogAppendTime ? verdict.appendedAtMs : -1)
  if (!producer.isTransactional || isInTransaction) return undefined
  const code = input.transactionCheck(partition, producer)
  return code === kafkaCode.NONE ? undefined : refused(code)
}

const stored = (baseOffset: number, logAppendTimeMs: number): Stored => {
  return { errorCode: kafkaCode.NONE, errorMessage: null, baseOffset, logAppendTimeMs }
}

/** Fills `header`; the refusal, or undefined when the batch may be stored. */
function problemOf(records: Buffer, configs: ResolvedConfigs, nowMs: number): Stored | undefined {
  try {
    if (!header.read(records, 0)) return refused(kafkaCode.CORRUPT_MESSAGE, 'the batch is incomplete')
  } catch (error) {
    if (!isMillraceError(error)) throw error
    return refused(
      error.code === 'VERSION_UNSUPPORTED' ? kafkaCode.INVALID_RECORD : kafkaCode.CORRUPT_MESSAGE,
      error.message,
    )
  }
  if (header.byteLength !== records.length) return invalid('Produce requests must contain exactly one record batch')
  if (header.byteLength > configs.messageBytesMax) {
    const why = `The record batch is ${header.byteLength} bytes, more than max.message.bytes (${configs.messageBytesMax})`
    return refused(kafkaCode.MESSAGE_TOO_LARGE, why)
  }
  if (crc32c(records, crcCoversFrom) !== records.readUInt32BE(at.crc)) {
    return refused(kafkaCode.CORRUPT_MESSAGE, 'Record is corrupt (stored crc does not match)')
  }
  return contentProblem() ?? timeProblem(configs, nowMs)
}

function contentProblem(): Stored | undefined {
  const { recordsCount, lastOffset, baseOffset, codecId, isControl, isTransactional, producerId } = header
  if (recordsCount <= 0 || lastOffset - baseOffset + 1 !== recordsCount) {
    return invalid(`Inconsistency between last offset delta and count of records (${recordsCount})`)
  }
  if (codecId > codecIdMax)
    return refused(kafkaCode.UNSUPPORTED_COMPRESSION_TYPE, `Unknown compression type ${codecId}`)
  if (isControl) return invalid('Clients are not allowed to write control records')
  if (isTransactional && producerId < 0) return invalid('Transactional batches need a producer id')
  return undefined
}

function timeProblem(
  { timestampAfterMaxMs, timestampBeforeMaxMs }: ResolvedConfigs,
  nowMs: number,
): Stored | undefined {
  if (header.isLogAppendTime) return refused(kafkaCode.INVALID_TIMESTAMP, 'LogAppendTime is for the broker to set')
  const { baseTimestampMs, maxTimestampMs } = header
  if (maxTimestampMs - nowMs <= timestampAfterMaxMs && nowMs - baseTimestampMs <= timestampBeforeMaxMs) return undefined
  return refused(kafkaCode.INVALID_TIMESTAMP, 'Timestamp of the batch is out of range')
}

const invalid = (why: string) => refused(kafkaCode.INVALID_RECORD, why)

/** The broker's own time counts for every record: an attribute, one field, and a new checksum. */
function stampAppendTime(records: Buffer, nowMs: number): void {
  records.writeInt16BE(records.readInt16BE(at.attributes) | attributeBits.timestampType, at.attributes)
  records.writeInt32BE(Math.floor(nowMs / 0x1_0000_0000), at.maxTimestamp)
  records.writeUInt32BE(nowMs >>> 0, at.maxTimestamp + 4)
  records.writeUInt32BE(crc32c(records, crcCoversFrom), at.crc)
  header.read(records, 0)
}
