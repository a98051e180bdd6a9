// Reads the output of Kafka's perf tools by the rules of Kafka's own system tests (kafkatest, services/performance): the last
// line of a tool, cut at its commas, and of each part the words that they take. Stricter in one way: nothing may be left over.

const decimal = String.raw`\d+\.\d+`

const windowLine =
  /^\d+ records sent, \d+\.\d records\/sec \(\d+\.\d\d MB\/sec\), \d+\.\d ms avg latency, \d+\.\d ms max latency\.$/
const totalLine = new RegExp(
  `^\\d+( steady state)? records sent, \\d+\\.\\d{6} records/sec \\(\\d+\\.\\d\\d MB/sec\\), \\d+\\.\\d\\d ms avg latency, ` +
    `\\d+\\.\\d\\d ms max latency, \\d+ ms 50th, \\d+ ms 95th, \\d+ ms 99th, \\d+ ms 99\\.9th\\.$`,
)

export const isWindowLine = (line: string): boolean => windowLine.test(line)

export interface ProducerStatsRead {
  readonly records: number
  readonly recordsPerSec: number
  readonly mbPerSec: number
  readonly avgMs: number
  readonly maxMs: number
  readonly percentilesMs: readonly number[]
}

/** As `parse_stats` of producer_performance.py. */
export function readProducerTotal(line: string): ProducerStatsRead {
  if (!totalLine.test(line)) throw new Error(`not a total of kafka-producer-perf-test: ${line}`)
  const parts = line.split(',')
  const firstWord = (text: string) => Number(text.trim().split(/\s+/)[0])
  return {
    records: firstWord(parts[0]!),
    recordsPerSec: firstWord(parts[1]!),
    mbPerSec: firstWord(parts[1]!.split('(')[1]!),
    avgMs: firstWord(parts[2]!),
    maxMs: firstWord(parts[3]!),
    percentilesMs: parts.slice(4, 8).map(firstWord),
  }
}

export interface ConsumerStatsRead {
  readonly totalMb: number
  readonly mbPerSec: number
  readonly records: number
  readonly recordsPerSec: number
  readonly rebalanceMs: number
  readonly fetchMs: number
}

export const consumerHeader =
  'start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec'
export const consumerDetailedHeader = consumerHeader.replace('start.time, end.time', 'time, threadId')

const javaTime = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3}`
const rates = `\\d+\\.\\d{4}, (\\d+\\.\\d{4}|NaN|Infinity), \\d+, (\\d+\\.\\d{4}|NaN|Infinity), -?\\d+, -?\\d+, (-?\\d+\\.\\d{4}|NaN|-?Infinity), (-?\\d+\\.\\d{4}|NaN|-?Infinity)`
const consumerTotalLine = new RegExp(`^${javaTime}, ${javaTime}, ${rates}$`)
const consumerWindowLine = new RegExp(`^${javaTime}, 0, ${rates}$`)

export const isConsumerWindowLine = (line: string): boolean => consumerWindowLine.test(line)

/** As `_worker` of consumer_performance.py. */
export function readConsumerTotal(line: string): ConsumerStatsRead {
  if (!consumerTotalLine.test(line)) throw new Error(`not a row of kafka-consumer-perf-test: ${line}`)
  const parts = line.split(',').map(part => Number(part.trim()))
  return {
    totalMb: parts[2]!,
    mbPerSec: parts[3]!,
    records: parts[4]!,
    recordsPerSec: parts[5]!,
    rebalanceMs: parts[6]!,
    fetchMs: parts[7]!,
  }
}

export interface EndToEndRead {
  readonly avgMs: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  /** Of every thousandth record. */
  readonly samples: readonly { readonly record: number; readonly ms: number }[]
}

const sampleLine = new RegExp(`^(\\d+)\\t(${decimal}(?:E-?\\d+)?)$`)

/** As `_worker` of end_to_end_latency.py. */
export function readEndToEnd(lines: readonly string[]): EndToEndRead {
  const average = lines.find(line => line.startsWith('Avg latency:'))
  const percentiles = lines.find(line => line.startsWith('Percentiles'))
  if (!/^Avg latency: \d+\.\d{4} ms$/.test(average ?? '')) throw new Error(`no average: ${average}`)
  if (!/^Percentiles: 50th = \d+, 99th = \d+, 99\.9th = \d+$/.test(percentiles ?? '')) {
    throw new Error(`no percentiles: ${percentiles}`)
  }
  const words = percentiles!.split(/\s+/)
  const samples = lines.flatMap(line => {
    const [, record, ms] = sampleLine.exec(line) ?? []
    return record === undefined ? [] : [{ record: Number(record), ms: Number(ms) }]
  })
  return {
    avgMs: Number(average!.split(/\s+/)[2]),
    p50Ms: Number(words[3]!.slice(0, -1)),
    p99Ms: Number(words[6]!.slice(0, -1)),
    p999Ms: Number(words[9]),
    samples,
  }
}
