import { defineConfig } from 'vitest/config'

// Two projects: `unit` needs nothing but Node; `kafka` starts real Apache Kafka or other people's clients, one file at a
// time, because two suites that share two cores with a broker measure each other.
const needsOthers = ['test/kafka/**/*.test.ts', 'test/broker/clients/**/*.test.ts']

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: needsOthers, testTimeout: 30_000 } },
      {
        test: {
          name: 'kafka',
          include: needsOthers,
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
