// The program: which contestants meet in which suite, and under which terms. Goals are what millrace set out to reach.
import type { Contestant } from './contestant.ts'
import { moreWorkersId, oneSocketId, oneWorkerId } from './figures.ts'
import { ceiling } from './lineup/ceiling.ts'
import { kafkajsConsumer, kafkajsProducer, platformaticConsumer, platformaticProducer } from './lineup/javascript.ts'
import { javaConsumer, javaProducer, type ToolCommand } from './lineup/kafka-tools.ts'
import { millraceConsumer, millraceProducer } from './lineup/millrace.ts'
import { rdkafkaConsumer, rdkafkaProducer } from './lineup/rdkafka.ts'
import type { ProduceTerms } from './lineup/terms.ts'
import { workersOfMemorySuite } from './settings.ts'

export interface Suite {
  readonly id: SuiteId
  readonly title: string
  readonly direction: 'produce' | 'consume'
  readonly terms: readonly string[]
  readonly recordBytes: number
  readonly contestants: readonly Contestant[]
  /** Instead of the seconds and rounds that were asked for. */
  readonly seconds?: number
  readonly roundsMax?: number
}

export const suiteIds = ['produce', 'durable', 'consume', 'sustained', 'memory'] as const
export type SuiteId = (typeof suiteIds)[number]

/** Ten minutes of memory are not part of a plain run. */
export const suiteIdsDefault: readonly SuiteId[] = ['produce', 'durable', 'consume', 'sustained']

const small: ProduceTerms = { recordBytes: 100, acks: '1', idempotent: false }
const durable: ProduceTerms = { recordBytes: 1024, acks: 'all', idempotent: true }

export function makeSuites(toolCommand: ToolCommand, workers: number): readonly Suite[] {
  return [
    {
      id: 'produce',
      title: 'Producing values of 100 bytes, acks=1',
      direction: 'produce',
      terms: ['values of 100 bytes, no keys, no compression', 'acks=1', 'a new topic of 6 partitions for each run'],
      recordBytes: small.recordBytes,
      contestants: [
        millraceProducer(small, workers),
        ceiling(small, workers),
        // One of each besides, because the broker handles the requests of a connection one after the other.
        ...(workers > 1 ? [millraceProducer(small, 1, oneWorkerId), ceiling(small, 1, oneSocketId)] : []),
        millraceProducer(small, workers + 1, moreWorkersId),
        rdkafkaProducer(small, 1.7),
        javaProducer(toolCommand, small, 'same', 4),
        javaProducer(toolCommand, small, 'defaults'),
        platformaticProducer(small, 8),
        kafkajsProducer(small, 10),
      ],
    },
    {
      id: 'durable',
      title: 'Producing values of 1 KiB, acks=all, idempotent',
      direction: 'produce',
      terms: ['values of 1,024 bytes, no keys, no compression', 'acks=all, idempotent', 'one broker, so one replica'],
      recordBytes: durable.recordBytes,
      contestants: [
        millraceProducer(durable, workers),
        rdkafkaProducer(durable),
        javaProducer(toolCommand, durable, 'same', 2),
      ],
    },
    {
      id: 'consume',
      title: 'Consuming values of 100 bytes',
      direction: 'consume',
      terms: [
        'one topic of 6 partitions, filled by millrace before; all read it from its start',
        'from the page cache',
      ],
      recordBytes: small.recordBytes,
      contestants: [
        millraceConsumer('records', workers),
        millraceConsumer('headers', workers),
        millraceConsumer('accounted', workers),
        rdkafkaConsumer(),
        javaConsumer(toolCommand, 3),
        platformaticConsumer(),
        kafkajsConsumer(12),
      ],
    },
    {
      id: 'sustained',
      title: 'Producing values of 100 bytes for 30 seconds',
      direction: 'produce',
      terms: ['as the first suite, for 30 seconds'],
      recordBytes: small.recordBytes,
      contestants: [millraceProducer(small, workers)],
      seconds: 30,
    },
    {
      id: 'memory',
      title: 'Memory over ten minutes flat out',
      direction: 'produce',
      terms: ['as the first suite, for ten minutes'],
      recordBytes: small.recordBytes,
      contestants: [millraceProducer(small, workersOfMemorySuite)],
      seconds: 600,
      roundsMax: 1,
    },
  ]
}
