// The result of a run: one zod model is its type, its check and (by scripts/result-schema.ts) its published JSON Schema.
// Bytes are bytes; `mbPerSec` is 10^6, `mibPerSec` 2^20. Latencies are milliseconds with nanosecond source.
import { z } from 'zod'
import { auditModel } from './audit/model.ts'
import { streamBook } from './books/model.ts'
import { catchUpModel } from './catch-up/model.ts'
import { rebalancesModel } from './group/model.ts'
import { headroomModel } from './headroom/model.ts'
import { processModel } from './process/model.ts'
import { accounting } from './result-accounting.ts'
import { count, deliveryModel, latency, transactionsModel } from './result-parts.ts'
import { heatMap, window } from './result-windows.ts'
import { validityModel } from './verdict/model.ts'
import { thresholdModel } from './verdict/thresholds/model.ts'

/** Raised when a key changes meaning or goes; added keys leave it alone. */
export const schemaVersion = 1

const perSec = z.number().nonnegative()

const rates = {
  records: count,
  bytes: count.describe('Keys and values, as the user sees them.'),
  recordsPerSec: perSec,
  mbPerSec: perSec.describe('10^6 bytes per second.'),
  mibPerSec: perSec.describe('2^20 bytes per second.'),
}

const errorCounts = z.record(z.string(), count).describe('By name of the Kafka protocol error, or millrace code.')

const produce = z.object({
  ...rates,
  schedule: z.string().optional().describe('What --rate asked for, in words; absent when the run went flat out.'),
  offered: count.optional().describe('Records that the schedule asked for in the measured time (--rate only).'),
  sent: count
    .optional()
    .describe('Of the offered: made and handed on to be sent. offered = sent + dropped + owed (--rate only).'),
  dropped: count
    .optional()
    .describe('Of the offered: never sent, because they were later than --late-max (--rate only).'),
  owed: count
    .optional()
    .describe('Of the offered: neither sent nor dropped, because the run was cut short (--rate only).'),
  errors: count.describe('Records that were given up on.'),
  errorsByCode: errorCounts,
  retries: count.describe('Batches sent again, and connections tried again, after a retriable error.'),
  retriesByCode: errorCounts,
  batches: count,
  requests: count,
  wireBytes: count.describe('Record batches as sent, after compression.'),
  compressionRatio: z.number().optional().describe('Batch bytes before / after compression.'),
  totalRecords: count.describe('Acknowledged over the whole run, warm-up included.'),
  latency: latency
    .optional()
    .describe(
      'Response time, the headline: acknowledged minus intended time (--rate), or minus the moment of appending (flat out, where nothing is intended). Of all records whose time lies in the measured time, also those acknowledged after its end.',
    ),
  serviceLatency: latency
    .optional()
    .describe(
      'Service time of the same records: acknowledged minus first sent. What a generator without a schedule sees.',
    ),
  lateness: latency
    .optional()
    .describe(
      'Sent minus intended time of the same records: linger, full buffers and in-flight limits, and the generator itself. Response is lateness plus service, record by record. Absent flat out, where nothing can be late.',
    ),
  transactions: transactionsModel.optional().describe('Absent: records were in no transaction.'),
  stamp: z
    .object({
      run: z.string().describe('Which run the record is of: 32 bits, random, as eight hex digits.'),
      place: z.enum(['value', 'header']),
      bytes: count.describe(
        'What each record pays for it: of its value (not on top of it), or on top of it as a header.',
      ),
    })
    .optional()
    .describe('Absent: the records carry none.'),
  books: z
    .array(streamBook)
    .optional()
    .describe(
      'Of stamped records, over the whole run: what was made and acknowledged, by producer and partition. What bench consume --books balances against what it reads.',
    ),
})

const clockComparison = z.object({
  how: z
    .enum(['one-process', 'one-host', 'exchanged', 'timestamps'])
    .describe(
      'one-process: both ends read one monotonic clock. one-host: two runs of one boot, whose clocks differ by what each has misread of the wall clock at its start. exchanged: datagrams to and fro (--clock-peer). timestamps: of the brokers (LogAppendTime), whose clocks are not compared.',
    ),
  records: count.optional().describe('Timed in this way.'),
  peer: z.string().optional(),
  run: z.string().optional().describe('As in produce.stamp.run.'),
  offsetMs: z.number().optional().describe("The producer's clock minus the consumer's; allowed for in all times."),
  errorMs: z.number().optional().describe('The offset is right to so much, either way, at the end of the run.'),
  exact: z.boolean().optional().describe('exchanged: both run on one host, and the offset is that of their start.'),
  exchanges: count.optional(),
  roundTripMsMin: z.number().optional(),
  steps: count.optional().describe('Exchanges that contradicted the ones before: a clock was set.'),
})

const consume = z.object({
  ...rates,
  errors: count,
  errorsByCode: errorCounts,
  retries: count,
  retriesByCode: errorCounts,
  batches: count,
  fetches: count,
  wireBytes: count,
  totalRecords: count,
  redelivered: count
    .optional()
    .describe(
      'Of totalRecords: read from offsets that had been read before, after a seek or a rebalance. Not timed, and no duplicates of the log. Absent: none.',
    ),
  reachedEnd: z.boolean(),
  crcVerified: z.boolean(),
  decode: z.enum(['headers', 'records']),
  latency: latency.optional().describe('End to end: read by the consumer minus intended by the producer.'),
  latencySinceSent: latency
    .optional()
    .describe(
      'The same records from when they were made: appended to their batch, where a Java producer calls send(). What a producer without a schedule sees.',
    ),
  timing: z
    .object({
      negative: count.describe(
        'Read before they were due, by two clocks that differ; counted as 0 in the percentiles.',
      ),
      subMillisecond: count,
      ofOtherHosts: count.describe('Not timed: stamped by the clock of another host.'),
      logAppendTime: z
        .boolean()
        .describe("The topic has LogAppendTime: the timestamps of its records are the broker's."),
      belowError: count
        .optional()
        .describe('Younger than the clocks may be apart (errorMs), negative ones among them: no more than small.'),
      errorMs: z
        .number()
        .nullable()
        .optional()
        .describe(
          'End-to-end times are off by no more than this, either way: what the clocks may have been apart when it was most, beyond the offset that was allowed for. Null: not known, they count from a clock of the brokers.',
        ),
      clocks: z.array(clockComparison).optional().describe('The clocks that times are measured by.'),
    })
    .optional()
    .describe('What end-to-end times are made of, over the whole run; where records are timed or could have been.'),
  processing: latency
    .optional()
    .describe('From the answer of a fetch being there to its records being read; one value an answer.'),
  lag: z
    .object({ max: count, end: count })
    .optional()
    .describe(
      'Offsets between what the consumers had read and the high watermarks, after the warm-up: the most of a window, and the last one.',
    ),
  accounting: accounting.optional().describe('Of records with stamps, where every record is decoded.'),
})

const environment = z.object({
  startedAt: z.string().describe('ISO 8601, UTC.'),
  host: z.object({ os: z.string(), cpuModel: z.string(), cpus: count, memoryBytes: count }),
  node: z.string(),
  millrace: z.string(),
  cluster: z.object({
    clusterId: z.string().nullable(),
    version: z.string().describe("Printed form of the brokers' finalized metadata.version, or what ApiVersions tells."),
    brokers: z.array(z.object({ id: z.number().int(), host: z.string(), port: count, rack: z.string().nullable() })),
  }),
  topic: z.object({
    name: z.string(),
    partitions: count,
    replicationFactor: count,
    created: z.boolean().describe('Created by this run (and deleted afterwards, unless kept).'),
    configs: z.record(z.string(), z.string()),
    leaders: z.array(z.number().int()).describe('Leader of each partition at the start.'),
  }),
})

const client = z
  .object({
    name: z.enum(['kafkajs', 'platformatic', 'confluent']),
    package: z.string(),
    version: z.string(),
    notHonoured: z
      .array(z.object({ setting: z.string(), why: z.string() }))
      .describe('Settings that the client does not have, or does not keep.'),
    byMillrace: z.array(z.string()).describe("Settings that millrace has kept in the client's place."),
    notObserved: z.array(z.string()).describe('Figures that the client does not tell: they are 0 or absent.'),
  })
  .describe("The client under test; absent: wire, millrace's own.")

export const resultModel = z.object({
  schemaVersion: z.literal(schemaVersion),
  verdict: z.enum(['ok', 'failed', 'interrupted']),
  reasons: z.array(z.object({ code: z.string(), message: z.string() })).describe('Why the verdict is not ok.'),
  validity: validityModel
    .optional()
    .describe('Whether the numbers may be quoted, and what limited them; absent from results of millrace 0.1.'),
  thresholds: z.array(thresholdModel).optional().describe('In the order in which they were given; absent: none were.'),
  mode: z.enum(['produce', 'consume', 'roundtrip']),
  client: client.optional(),
  settings: z.record(z.string(), z.unknown()).describe('Every setting of the run; secrets left out.'),
  environment,
  warmupSeconds: z.number(),
  measuredSeconds: z.number(),
  cpuUsPerRecord: z
    .number()
    .nullable()
    .describe(
      'CPU time (user + system, all threads of the generator) per record produced or consumed, microseconds, in the measured time.',
    ),
  cpu: z.object({ userSeconds: z.number(), systemSeconds: z.number(), percent: z.number() }),
  memory: z.object({ rssBytesMax: count, rssBytesEnd: count }),
  headroom: headroomModel.optional(),
  produce: produce.optional(),
  consume: consume.optional(),
  catchUp: catchUpModel.optional(),
  rebalances: rebalancesModel.optional(),
  process: processModel.optional(),
  delivery: deliveryModel.optional().describe('Produce and roundtrip runs.'),
  audit: auditModel.optional().describe('What the validity is judged from; absent from results of millrace 0.1.'),
  windows: z.array(window),
  distributions: z
    .record(z.string(), z.string())
    .optional()
    .describe(
      'Latencies of the measured time by name (response, service, lateness, e2e), every record counted: HdrHistogram V2, nanoseconds, compressed, base64.',
    ),
  heatMaps: z
    .record(z.string(), heatMap)
    .optional()
    .describe('Latencies of the whole run over time, by name (response, e2e).'),
})

export { deliveryModel }

export type Result = z.infer<typeof resultModel>
export type LatencySummary = z.infer<typeof latency>
export type ClientResult = z.infer<typeof client>
export type Window = z.infer<typeof window>
export type HeatMapData = z.infer<typeof heatMap>
export type HeatMapColumn = HeatMapData['columns'][number]
export type Delivery = z.infer<typeof deliveryModel>
export type ClockComparison = z.infer<typeof clockComparison>
export type Accounting = z.infer<typeof accounting>
