import { defineConfig } from 'vitest/config'

// Two projects: `unit` needs nothing but Node; `kafka` starts real Apache Kafka and runs one file at a time,
// because two suites that share two cores with a broker measure each other.
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/kafka/**'] } },
      {
        test: {
          name: 'kafka',
          include: ['test/kafka/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
