// Feature levels (KIP-584) of a fresh Kafka 4 cluster, as far as clients look at them.

const levels: readonly (readonly [name: string, level: number])[] = [
  ['group.version', 1], // KIP-848 groups
  ['kraft.version', 1],
  ['metadata.version', 27], // 4.1-IV1
  ['transaction.version', 2], // KIP-890: produce adds the partition to the transaction by itself
]

export const supportedFeatures = levels.map(([name, level]) => ({ name, minVersion: 0, maxVersion: level }))

export const finalizedFeatures = levels.map(([name, level]) => ({
  name,
  maxVersionLevel: level,
  minVersionLevel: level,
}))
