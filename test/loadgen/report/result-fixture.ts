// One fixed result, complete in every field, for reports: numbers are made up but agree with one another.
import { encodeDistribution } from '../../../core/distribution.ts'
import { makeHistogram } from '../../../core/histogram.ts'
import type { LatencySummary, Result } from '../../../loadgen/result.ts'
import { auditOf } from '../verdict/evidence.ts'

export const latencyFixture: LatencySummary = {
  count: 31_296_330,
  meanMs: 4.9,
  minMs: 0.41,
  p50Ms: 4.12,
  p75Ms: 5.9,
  p90Ms: 8.71,
  p95Ms: 9.98,
  p99Ms: 12.4,
  p999Ms: 31.02,
  p9999Ms: 1045.1,
  maxMs: 1203.456,
  from: 'appended',
}

export const produceResult: Result = {
  schemaVersion: 1,
  verdict: 'ok',
  reasons: [],
  validity: {
    verdict: 'valid',
    limiter: 'broker',
    finding: 'the brokers held a worker up 97 % of the time',
    reasons: [],
  },
  audit: auditOf({ workers: [{ brokerWaitPercent: 97 }, { brokerWaitPercent: 95.4 }] }),
  mode: 'produce',
  settings: {
    mode: 'produce',
    topic: {
      name: 'millrace-bench-0011aabb',
      create: { partitions: 6, replicationFactor: -1, configs: {}, keep: false },
    },
    workers: 2,
    seed: 42,
    warmupMs: 5000,
    durationMs: 30_000,
    produce: {
      size: { kind: 'fixed', bytes: 100 },
      keys: { kind: 'none' },
      payload: { kind: 'random' },
      headers: [],
      partitioner: { kind: 'manual', partitions: [0, 2] },
      acks: 1,
      idempotent: false,
      compression: 'lz4',
    },
    client: { bootstrap: ['127.0.0.1:9092'], clientId: 'millrace', securityProtocol: 'PLAINTEXT' },
  },
  environment: {
    startedAt: '2026-01-02T03:04:05.678Z',
    host: { os: 'linux 6.8.0 x64', cpuModel: 'AMD EPYC 7B13', cpus: 2, memoryBytes: 16 * 2 ** 30 },
    node: '24.21.0',
    millrace: '0.1.0',
    cluster: {
      clusterId: 'Some-Cluster-Id',
      version: '4.1-IV1',
      brokers: [{ id: 1, host: '127.0.0.1', port: 9092, rack: null }],
    },
    topic: {
      name: 'millrace-bench-0011aabb',
      partitions: 2,
      replicationFactor: 1,
      created: true,
      configs: {
        'min.insync.replicas': '1',
        'retention.bytes': '268435456',
        'segment.bytes': '67108864',
        'cleanup.policy': 'delete',
        'file.delete.delay.ms': '1000',
      },
      leaders: [1, 1],
    },
  },
  warmupSeconds: 5,
  measuredSeconds: 30.002,
  cpuUsPerRecord: 0.3812,
  cpu: { userSeconds: 10.2, systemSeconds: 1.73, percent: 39.8 },
  memory: { rssBytesMax: 190_840_832, rssBytesEnd: 188_743_680 },
  headroom: {
    kind: 'known',
    usedPercent: 15.6,
    cpuUsedPercent: 19.9,
    calibratedAt: '2026-01-01T10:00:00.000Z',
    differences: ['compression lz4'],
    produce: {
      usedPercent: 15.6,
      ceilingRecordsPerSec: 6_666_667,
      cpuUsPerRecord: 0.3,
      basis: 'measured',
      recordBytes: 100,
      workers: 2,
    },
  },
  produce: {
    records: 31_296_330,
    bytes: 3_129_633_000,
    recordsPerSec: 1_043_141.4,
    mbPerSec: 104.314,
    mibPerSec: 99.482,
    errors: 0,
    errorsByCode: {},
    retries: 14,
    retriesByCode: { REQUEST_TIMED_OUT: 2, NOT_LEADER_OR_FOLLOWER: 12 },
    batches: 31_300,
    requests: 15_650,
    wireBytes: 1_702_720_000,
    compressionRatio: 2.0132,
    totalRecords: 36_512_155,
    latency: latencyFixture,
  },
  delivery: {
    confirmed: true,
    acked: 36_512_155,
    brokerDelta: 36_512_155,
    partitions: [
      { partition: 0, leader: 1, startOffset: 0, endOffset: 18_256_077, acked: 18_256_077 },
      { partition: 1, leader: 1, startOffset: 10, endOffset: 18_256_088, acked: 18_256_078 },
    ],
  },
  windows: [
    {
      sec: 1,
      warmup: true,
      seconds: 1.0001,
      produced: 812_331,
      produceBytes: 81_233_100,
      produceErrors: 0,
      produceRetries: 0,
      produceP50Ms: 4.1,
      produceP99Ms: 12.2,
      produceMaxMs: 51.3,
      cpuPercent: 178.2,
      stealPercent: 0.4,
      rssBytes: 180_000_000,
    },
  ],
}

/** A roundtrip that went wrong in every way a report has words for. */
export const failedRoundtripResult: Result = {
  ...produceResult,
  verdict: 'failed',
  reasons: [
    { code: 'SENDS_FAILED', message: '1 record was given up on' },
    { code: 'DELIVERY_MISMATCH', message: 'partition 1: 18,256,078 acknowledged, 18,256,077 on the broker' },
  ],
  validity: {
    verdict: 'disturbed',
    limiter: 'schedule',
    finding: 'the schedule was kept',
    reasons: [
      {
        code: 'CPU_STEAL',
        verdict: 'disturbed',
        message: "the hypervisor gave 4.0 % of this machine's CPU time to others, 12 % in the worst second",
        figures: { stealPercent: 4, stealPercentMax: 12 },
      },
    ],
  },
  audit: auditOf({
    machine: { stealPercent: 4, stealPercentMax: 12, brokerCpuPercent: null, othersCpuPercent: null, busiest: null },
    clock: { jumps: [{ sec: 12.4, ms: -250 }], driftMs: -250.1 },
    brokers: { connectionsLost: 2, leaderChanges: 1, lost: [2] },
  }),
  mode: 'roundtrip',
  cpuUsPerRecord: null,
  produce: {
    ...produceResult.produce!,
    schedule: '1.05 M records/s; Poisson arrivals',
    offered: 31_500_000,
    sent: 31_296_331,
    dropped: 203_000,
    owed: 669,
    errors: 1,
    errorsByCode: { REQUEST_TIMED_OUT: 1 },
    latency: { ...latencyFixture, from: 'intended' },
    serviceLatency: { ...latencyFixture, from: 'sent', p50Ms: 0.61, p99Ms: 3.2, p9999Ms: 20.4, maxMs: 31.7 },
    lateness: { ...latencyFixture, from: 'intended', p50Ms: 3.51, p99Ms: 9.2, maxMs: 1_180.01 },
  },
  consume: {
    records: 31_296_000,
    bytes: 3_129_600_000,
    recordsPerSec: 1_043_130.4,
    mbPerSec: 104.313,
    mibPerSec: 99.481,
    errors: 0,
    errorsByCode: {},
    retries: 0,
    retriesByCode: {},
    batches: 31_300,
    fetches: 1,
    wireBytes: 1_702_720_000,
    totalRecords: 36_512_000,
    reachedEnd: true,
    crcVerified: true,
    decode: 'records',
    latency: { ...latencyFixture, from: 'stamp' },
  },
  delivery: {
    confirmed: false,
    acked: 36_512_155,
    brokerDelta: 36_512_154,
    partitions: [
      { partition: 0, leader: 1, startOffset: 0, endOffset: 18_256_077, acked: 18_256_077 },
      { partition: 1, leader: 1, startOffset: 10, endOffset: 18_256_087, acked: 18_256_078 },
    ],
  },
}

const distributionOf = (scale: number): string => {
  const histogram = makeHistogram()
  for (let step = 1; step <= 400; step++) histogram.recordValueWithCount(scale * 1.02 ** step, 1 + 4 * (400 - step))
  return encodeDistribution(histogram)
}

/** A roundtrip with everything that pictures are drawn from, and thresholds of every kind. */
export const picturedResult: Result = {
  ...failedRoundtripResult,
  verdict: 'failed',
  reasons: [{ code: 'THRESHOLDS_CROSSED', message: 'e2e_time: p(99.9)<50, over 10s was 61.20 ms, first at 12 s' }],
  thresholds: [
    {
      metric: 'response_time{worker:0}',
      expression: 'p(99)<50',
      method: 'p(99)',
      unit: 'ms',
      limit: 50,
      ok: true,
      value: 12.4,
      samples: 31_296_330,
      noSamples: 'fail',
      abortOnFail: false,
      aborted: false,
    },
    {
      metric: 'e2e_time',
      expression: 'p(99.9)<50, over 10s',
      method: 'p(99.9)',
      unit: 'ms',
      limit: 50,
      ok: false,
      value: 61.2,
      samples: 10_432_000,
      windowSeconds: 10,
      failedAtSec: 12,
      noSamples: 'fail',
      abortOnFail: true,
      aborted: true,
    },
    {
      metric: 'records_lost',
      expression: 'count==0',
      method: 'count',
      unit: 'records',
      limit: 0,
      ok: false,
      value: null,
      samples: 0,
      noSamples: 'fail',
      abortOnFail: false,
      aborted: false,
    },
  ],
  windows: Array.from({ length: 24 }, (_, index) => ({
    sec: index + 1,
    warmup: index < 5,
    seconds: 1,
    offered: 1_050_000,
    sent: 1_049_000 - index,
    produced: index === 12 ? 400_000 : 1_043_000 + 100 * index,
    produceBytes: 104_300_000,
    produceErrors: index === 12 ? 1 : 0,
    produceRetries: index === 12 ? 14 : 0,
    produceP50Ms: 4 + index / 10,
    produceP99Ms: 12 + index,
    produceP999Ms: 31 + index,
    produceMaxMs: index === 12 ? 1203.456 : 40 + index,
    consumed: 1_042_000,
    consumeBytes: 104_200_000,
    consumeLag: index === 12 ? 52_000 : 120,
    e2eP50Ms: 5 + index / 10,
    e2eP99Ms: 14 + index,
    e2eP999Ms: 33 + index,
    e2eMaxMs: 50 + index,
    cpuPercent: 80 + index,
    stealPercent: 0.4,
    rssBytes: 180_000_000,
  })),
  distributions: {
    response: distributionOf(100_000),
    service: distributionOf(60_000),
    lateness: distributionOf(20_000),
    e2e: distributionOf(150_000),
  },
  heatMaps: {
    response: {
      secondsPerColumn: 1,
      columns: Array.from({ length: 24 }, (_, index) => ({
        sec: index + 1,
        from: 88,
        counts: [5, 900, 40_000, 7000, 80, index],
      })),
    },
  },
}

const commitLatency: LatencySummary = {
  ...{ count: 229, meanMs: 5.1, minMs: 1.02, p50Ms: 4.19, p75Ms: 5, p90Ms: 6.1, p95Ms: 7.3, p99Ms: 62.61 },
  ...{ p999Ms: 68.4, p9999Ms: 70.02, maxMs: 70.02, from: 'commitAsked' },
}

const transactions = {
  ...{ committed: 275, aborted: 13, failed: 2, recordsCommitted: 24_229_000, recordsAborted: 771_000 },
  ...{ committedPerSec: 9.61, abortedPerSec: 0.43, failedPerSec: 0.07, recordsCommittedPerSec: 807_000.5 },
  commitLatency,
}

const committedWindow = (index: number) => ({
  ...{
    transactionsCommitted: 9 + (index % 3),
    transactionsAborted: index % 2,
    transactionsFailed: index === 12 ? 2 : 0,
  },
  ...{ recordsCommitted: 940_000, recordsAborted: 30_000 },
  ...{ commitP50Ms: 4 + index / 10, commitP99Ms: 12 + index, commitP999Ms: 31 + index, commitMaxMs: 40 + index },
})

/** A roundtrip in transactions. */
export const transactionalResult: Result = {
  ...picturedResult,
  produce: { ...picturedResult.produce!, transactions },
  windows: picturedResult.windows.map((window, index) => ({ ...window, ...committedWindow(index) })),
  distributions: { ...picturedResult.distributions, commit: distributionOf(200_000) },
}

/** Read-process-write: what is read is passed on, exactly once. */
export const processedResult: Result = {
  ...picturedResult,
  mode: 'consume',
  produce: undefined,
  delivery: undefined,
  process: {
    ...{ forwardTopic: 'invoices', deadLetterTopic: 'orders-dead', forwarded: 980_000, deadLettered: 20_000 },
    ...{ skipped: 0, failedTries: 60_000, forwardedPerSec: 32_666.7, transactions },
    proof: { expected: 1_000_000, written: 999_998, lost: 2, duplicated: 1, unexpected: 0 },
  },
  windows: picturedResult.windows.map(({ sec, warmup, seconds, consumed, e2eP99Ms, cpuPercent, rssBytes }, index) => ({
    ...{ sec, warmup, seconds, consumed, e2eP99Ms, cpuPercent, rssBytes, ...committedWindow(index) },
    ...{ forwarded: 32_000 + index, deadLettered: 600, skipped: 0, failedTries: 1_800 },
  })),
}

/** Nothing was measured: an interrupted run that ended before its first window. */
export const emptyConsumeResult: Result = {
  ...produceResult,
  verdict: 'interrupted',
  reasons: [{ code: 'INTERRUPTED', message: 'stopped by SIGINT during the warm-up' }],
  mode: 'consume',
  measuredSeconds: 0,
  cpuUsPerRecord: null,
  produce: undefined,
  delivery: undefined,
  consume: {
    records: 0,
    bytes: 0,
    recordsPerSec: 0,
    mbPerSec: 0,
    mibPerSec: 0,
    errors: 0,
    errorsByCode: {},
    retries: 0,
    retriesByCode: {},
    batches: 0,
    fetches: 0,
    wireBytes: 0,
    totalRecords: 0,
    reachedEnd: false,
    crcVerified: false,
    decode: 'headers',
  },
  windows: [],
}
