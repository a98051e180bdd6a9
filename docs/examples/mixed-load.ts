// Two kinds of producers and a consumer on one topic, side by side. No function: each iteration is one message, at full speed.
//
//   millrace run docs/examples/mixed-load.ts --bootstrap localhost:9092
import type { Options } from 'k6/options'
import type { MillraceOptions } from 'millrace/script'

const millrace: MillraceOptions = {
  topic: 'orders',
  topics: { orders: { partitions: 6 } },
  recordSize: 200,
  keys: 'zipf:10000:1.1',
  scenarios: {
    campaign: { recordSize: '64..2048', compression: 'lz4' },
    billing: { role: 'consume' },
  },
}

export const options: Options = {
  scenarios: {
    shop: {
      executor: 'constant-arrival-rate',
      rate: 2_000,
      duration: '5s',
      preAllocatedVUs: 8,
      tags: { team: 'shop' },
    },
    campaign: {
      executor: 'ramping-arrival-rate',
      startTime: '1s',
      startRate: 0,
      stages: [
        { duration: '2s', target: 3_000 },
        { duration: '1s', target: 0 },
      ],
      preAllocatedVUs: 4,
      maxVUs: 16,
    },
    billing: { executor: 'constant-vus', vus: 2, duration: '6s' },
  },
  thresholds: {
    'response_time{scenario:shop}': ['p(99)<2000'],
    dropped_iterations: ['count<100'],
    e2e_time: [{ threshold: 'p(95)<5000', abortOnFail: true, delayAbortEval: '3s' }],
  },
  ext: { millrace },
}
