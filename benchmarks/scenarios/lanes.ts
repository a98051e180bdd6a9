// For `npm run bench:lanes`: the same messages without a function, and with one in several ways.
import type { Options } from 'k6/options'
import { type MillraceOptions, produce } from 'millrace/script'

const lane = __ENV.LANE ?? 'declarative'
const perCall = 100
const millrace: MillraceOptions = {
  topics: { lanes: { partitions: 6, configs: { 'retention.bytes': 16_777_216 } } },
  topic: 'lanes',
  recordSize: 100,
  acks: 1,
  workers: 2,
  ...(lane === 'declarative' && { lane: 'declarative' }),
}

export const options: Options = {
  scenarios: {
    lane: {
      executor: 'constant-vus',
      vus: lane === 'one' ? 200 : 20,
      duration: `${__ENV.SECONDS ?? 4}s`,
      ...(lane !== 'declarative' && { exec: lane }),
    },
  },
  ext: { millrace },
}

const value = Buffer.alloc(100, 'x')
const many = Array.from({ length: perCall }, () => ({ value }))

/** What an iteration costs by itself. */
export async function empty() {}

/** A call a message, each awaited. */
export async function one() {
  await produce({ value }, { topic: 'lanes' })
}

/** A call a hundred messages. */
export async function hundred() {
  await produce(many, { topic: 'lanes' })
}

export default function unused() {}
