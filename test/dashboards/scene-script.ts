// A test for the boards to show: a function with a transaction and a check that does not always hold, iterations that are dropped, and
// consumers that pass on what they read.
import type { Options } from 'k6/options'
import { check, type MillraceOptions, produce, scenario, sleep, transaction } from 'millrace/script'

const millrace: MillraceOptions = {
  topics: { requests: { partitions: 2 }, answers: { partitions: 2 } },
  transactionalId: 'scene',
  scenarios: {
    answering: {
      role: 'read-process-write',
      topic: 'requests',
      forwardTopic: 'answers',
      group: 'answering',
      from: 'earliest',
    },
  },
}

const duration = '30m'

export const options: Options = {
  scenarios: {
    // More than one VU gets done.
    asking: { executor: 'constant-arrival-rate', exec: 'ask', rate: 5, duration, preAllocatedVUs: 1 },
    answering: { executor: 'constant-vus', vus: 1, duration },
  },
  ext: { millrace },
}

export async function ask() {
  await transaction(() => produce({ value: { id: scenario.iterationInTest } }, { topic: 'requests' }))
  check(scenario.iterationInTest, { 'the request is an even one': id => id % 2 === 0 })
  await sleep(0.5)
}
