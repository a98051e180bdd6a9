// A driver file of the OpenMessaging Benchmark for Kafka (driver-kafka, Config.java): the text of four properties files, and how
// often a topic is replicated.
import { z } from 'zod'
import type { ConfigProblem } from '../../core/errors.ts'
import { parseProperties } from '../../core/properties.ts'
import { type Read, readFields } from './workload.ts'

const kafkaDriver = 'io.openmessaging.benchmark.driver.kafka.KafkaBenchmarkDriver'

const driverFile = z.strictObject({
  name: z.string().default('Kafka'),
  driverClass: z.string(),
  replicationFactor: z.number().int().min(1).max(32_767),
  /** Of older files: delete what is there first. Topics are new for each run, so there is nothing. */
  reset: z.boolean().optional(),
  topicConfig: z.string().default(''),
  commonConfig: z.string().default(''),
  producerConfig: z.string().default(''),
  consumerConfig: z.string().default(''),
})

export interface OmbDriver {
  readonly name: string
  readonly replicationFactor: number
  readonly topicConfig: Readonly<Record<string, string>>
  /** Common settings and those of producers. */
  readonly producer: Readonly<Record<string, string>>
  readonly consumer: Readonly<Record<string, string>>
}

export const looksLikeDriver = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'driverClass' in value

export function readDriver(given: unknown): Read<OmbDriver> {
  const found = readFields(driverFile, given)
  if ('problems' in found) return found
  const { name, driverClass, replicationFactor, ...texts } = found.value
  const problems: ConfigProblem[] = []
  if (driverClass !== kafkaDriver) {
    problems.push({
      path: 'driverClass',
      message: `${driverClass} drives another system: only ${kafkaDriver} is Kafka`,
    })
  }
  const read = (key: 'topicConfig' | 'commonConfig' | 'producerConfig' | 'consumerConfig') => {
    const parsed = parseProperties(texts[key])
    problems.push(...parsed.problems.map(({ line, message }) => ({ path: key, message: `line ${line}: ${message}` })))
    return Object.fromEntries(parsed.entries.map(({ key: property, value }) => [property, value]))
  }
  const common = read('commonConfig')
  const driver = {
    name,
    replicationFactor,
    topicConfig: read('topicConfig'),
    producer: { ...common, ...read('producerConfig') },
    consumer: { ...common, ...read('consumerConfig') },
  }
  return problems.length > 0 ? { problems } : { value: driver }
}
