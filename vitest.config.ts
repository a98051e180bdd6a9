import { globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Four projects. `unit` needs nothing but Node. `kafka` and `clients` start real Apache Kafka, other people's clients, Prometheus and
// browsers: those of `kafka` one file at a time, because two suites that measure on two cores measure each other; those
// of `clients` two at a time, because they ask what is right and not how fast. `broker` runs the suites for both brokers
// (test/kafka/brokers/) against the embedded one, and needs no Java.
const needsOthers = ['test/kafka/**/*.test.ts', 'test/broker/clients/**/*.test.ts', 'test/pages/**/*.test.ts']
const measuring = [
  'test/kafka/{bench-*,run-files,perf-test,cli,agents-health,dashboards}.test.ts',
  'test/broker/clients/incidents.test.ts',
]
const forBothBrokers = globSync('test/kafka/*.test.ts').filter(file =>
  readFileSync(file, 'utf8').includes('describeBrokers('),
)
const timeouts = { testTimeout: 120_000, hookTimeout: 180_000 }
const besideKafka = {
  provide: { broker: 'kafka' },
  globalSetup: 'test/kafka/brokers/shared.ts',
  ...timeouts,
} as const

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
      { test: { name: 'kafka', include: measuring, fileParallelism: false, ...besideKafka } },
      { test: { name: 'clients', include: needsOthers, exclude: measuring, maxWorkers: 2, ...besideKafka } },
      {
        test: {
          name: 'broker',
          include: forBothBrokers,
          provide: { broker: 'embedded' },
          ...timeouts,
          // They wait more than they work.
          maxWorkers: 3,
        },
      },
    ],
  },
})
