// A workload file of the OpenMessaging Benchmark, by its fields and defaults (benchmark-framework, Workload.java), and those that
// forks have added. OMB itself passes over what it does not know; here a field that would go unheard is refused by name.
import { z } from 'zod'
import { nearestName } from '../../core/config.ts'
import type { ConfigProblem } from '../../core/errors.ts'

const count = z.number().int().min(0)

const fields = {
  name: z.string(),
  topics: count,
  partitionsPerTopic: count,
  keyDistributor: z.enum(['NO_KEY', 'KEY_ROUND_ROBIN', 'RANDOM_NANO']).default('NO_KEY'),
  messageSize: count.default(0),
  messageSizeDistribution: z.record(z.string(), z.number().min(0)).optional(),
  useRandomizedPayloads: z.boolean().default(false),
  randomBytesRatio: z.number().min(0).max(1).default(0),
  randomizedPayloadPoolSize: count.default(0),
  payloadFile: z.string().optional(),
  subscriptionsPerTopic: count.default(0),
  producersPerTopic: count.default(0),
  consumerPerSubscription: count.default(0),
  /** Messages per second, of all topics together; 0: OMB looks for a rate. */
  producerRate: z.number().min(0).default(0),
  /** GiB. */
  consumerBacklogSizeGB: z.number().min(0).default(0),
  backlogDrainRatio: z.number().min(0).max(1).default(1),
  testDurationMinutes: z.number().min(0),
  warmupDurationMinutes: z.number().min(0).default(1),
} as const

export const ombWorkload = z.strictObject(fields)
export type OmbWorkload = z.output<typeof ombWorkload>

const noLists = 'is of a fork of OMB: name topics that exist with millrace run file.yaml and kafka.topic'
const noSearch = 'is of a fork of OMB, for its search of a rate, which is not made here'

/** Fields of forks (Redpanda's, and one with a search of its own) to why they are refused. */
const ofForks: Readonly<Record<string, string>> = {
  existingTopicList: noLists,
  existingProduceTopicList: noLists,
  existingConsumeTopicList: noLists,
  sampleRateMillis: 'is of a fork of OMB: samples are 10 s here, as in OMB itself',
  producerStartRate: noSearch,
  acceptableBacklog: noSearch,
  producerIncrementRate: noSearch,
  producerIncrementSeconds: noSearch,
  producerPauseBeforeDrain: 'is of a fork of OMB, and not known here',
  producerPauseDuringDrain: 'is of a fork of OMB, and not known here',
}

/** The names of fields of a workload by which one is known. */
export const looksLikeWorkload = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'topics' in value && 'partitionsPerTopic' in value

export type Read<T> = { readonly value: T } | { readonly problems: readonly ConfigProblem[] }

export function readWorkload(given: unknown): Read<OmbWorkload> {
  return readFields(ombWorkload, given, ofForks)
}

/** Problems have the path of the field in the file. */
export function readFields<Schema extends z.ZodObject>(
  schema: Schema,
  given: unknown,
  refused: Readonly<Record<string, string>> = {},
): Read<z.output<Schema>> {
  const found = schema.safeParse(given)
  if (found.success) return { value: found.data }
  const names = Object.keys(schema.shape)
  return {
    problems: found.error.issues.flatMap(issue => {
      if (issue.code !== 'unrecognized_keys') {
        const path = issue.path.join('.')
        const isMissing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
        return [{ path, message: isMissing ? 'is required' : issue.message }]
      }
      return issue.keys.map(key => ({ path: key, message: unknownField(key, names, refused) }))
    }),
  }
}

function unknownField(key: string, names: readonly string[], refused: Readonly<Record<string, string>>): string {
  if (Object.hasOwn(refused, key)) return refused[key]!
  const near = nearestName(key, names)
  return near === undefined ? 'is not a field of OMB' : `is not a field of OMB; did you mean ${near}?`
}
