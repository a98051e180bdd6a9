// What all contestants of a suite share, so that each works under the same terms.
import { availableParallelism } from 'node:os'

export const partitions = 6

/** Bytes of a batch, as millrace's defaults have it: Java's batch.size, librdkafka's batch.size, --batch-bytes. */
export const batchBytes = 262_144
export const lingerMs = 5
/** The most of a request: the default of millrace, and of the Java client (max.request.size). */
export const requestBytes = 1_048_576
/** Requests in flight for each connection: the default of the Java client, and the most of an idempotent producer. */
export const inFlightMax = 5
/** Java's buffer.memory. Its default of 32 MiB holds less than what is in flight here; ample: 128 MiB. */
export const javaBufferBytes = 134_217_728

/** Threads of millrace, each with its own connection: its default. */
export const workersDefault = Math.min(availableParallelism(), 4)
/** Memory is promised for two. */
export const workersOfMemorySuite = 2

/** Bytes that a consumer asks of each partition: the default of the Java client. */
export const partitionFetchBytes = 1_048_576

/** Old segments go while a run writes, because the logs are in memory. */
export const producedTopicConfigs: Readonly<Record<string, string>> = {
  'segment.bytes': String(128 * 1024 ** 2),
  'retention.bytes': String(256 * 1024 ** 2),
}

export const filledTopicConfigs: Readonly<Record<string, string>> = { 'retention.bytes': '-1', 'retention.ms': '-1' }

export const brokerHeapMb = 2048

/** A run writes up to a gigabyte a second into memory: old segments are looked for often. */
export const brokerProperties: Readonly<Record<string, string>> = { 'log.retention.check.interval.ms': '3000' }
