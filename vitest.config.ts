import { globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Three projects: `unit` needs nothing but Node; `kafka` starts real Apache Kafka or other people's clients; `broker` runs the
// same suites as `kafka` against the embedded broker (test/kafka/brokers/), and needs no Java. Those of `kafka` run one
// file at a time, because two suites that share two cores with a broker measure each other.
const needsOthers = ['test/kafka/**/*.test.ts', 'test/broker/clients/**/*.test.ts', 'test/pages/**/*.test.ts']
const forBothBrokers = globSync('test/kafka/*.test.ts').filter(file =>
  readFileSync(file, 'utf8').includes('describeBrokers('),
)
const againstBroker = { fileParallelism: false, testTimeout: 120_000, hookTimeout: 180_000 }

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: needsOthers,
          testTimeout: 30_000,
          // Where there are two processors the default is one.
          maxWorkers: Math.max(2, availableParallelism() - 1),
        },
      },
      {
        test: {
          name: 'kafka',
          include: needsOthers,
          provide: { broker: 'kafka' },
          globalSetup: 'test/kafka/brokers/shared.ts',
          ...againstBroker,
        },
      },
      {
        test: {
          name: 'broker',
          include: forBothBrokers,
          provide: { broker: 'embedded' },
          ...againstBroker,
          // Two at a time: they wait more than they work.
          fileParallelism: true,
          maxWorkers: 2,
        },
      },
    ],
  },
})
