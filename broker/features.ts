// Feature levels (KIP-584) of a fresh Kafka 4 cluster, as far as clients look at them.

const levels: readonly (readonly [name: string, level: number, lowest: number])[] = [
  ['group.version', 1, 0], // KIP-848 groups
  ['kraft.version', 1, 0],
  ['metadata.version', 27, 7], // 4.1-IV1; 3.3-IV3 is the lowest that Kafka 4 knows
  ['transaction.version', 2, 0], // KIP-890: produce adds the partition to the transaction by itself
]

const zeroSince = 4

/** As this version of ApiVersions may say it: Java clients before 3.9 give up at a level below 1 (KAFKA-17011). */
export const supportedFeatures = (version: number) =>
  levels.map(([name, level, lowest]) => ({
    name,
    minVersion: version < zeroSince ? Math.max(1, lowest) : lowest,
    maxVersion: level,
  }))

export const finalizedFeatures = levels.map(([name, level]) => ({
  name,
  maxVersionLevel: level,
  minVersionLevel: level,
}))
