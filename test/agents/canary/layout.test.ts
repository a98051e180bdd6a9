// Shows how the canary's partitions are laid over the brokers, and what is told when leaders have moved.
import { describe, expect, it } from 'vitest'
import { assignmentsFor, coverageOf } from '../../../agents/canary/layout.ts'
import type { TopicMetadata } from '../../../wire/cluster-metadata.ts'

describe('a new canary topic', () => {
  it.each([
    { brokers: [3, 1, 2], factor: 3, assignments: [[1, 2, 3], [2, 3, 1], [3, 1, 2]] }, // biome-ignore format: one line
    { brokers: [1, 2, 3, 4], factor: 2, assignments: [[1, 2], [2, 3], [3, 4], [4, 1]] }, // biome-ignore format: one line
    { brokers: [7], factor: 3, assignments: [[7]] },
  ])('over brokers $brokers with $factor replicas: each leads one partition', ({ brokers, factor, assignments }) => {
    expect(assignmentsFor(brokers, factor)).toEqual(assignments)
  })
})

describe('coverage', () => {
  const node = { host: 'h', port: 1, rack: null }
  const brokers = new Map([1, 2, 3].map(id => [id, node]))
  const topicLed = (leaders: readonly number[]): TopicMetadata => ({
    name: 't',
    id: '',
    internal: false,
    errorCode: 0,
    partitions: leaders.map((leader, index) => {
      return { index, leader, leaderEpoch: 0, replicas: [], isr: [], offline: [], errorCode: 0 }
    }),
  })

  it('names the brokers that lead no partition', () => {
    const { leaders, uncovered } = coverageOf({ brokers }, topicLed([1, 1, 3]))
    expect([...leaders]).toEqual([[0, 1], [1, 1], [2, 3]]) // biome-ignore format: one line
    expect(uncovered).toEqual([2])
  })

  it('a partition without a leader proves nothing', () => {
    expect(coverageOf({ brokers }, topicLed([-1, 2, 3])).uncovered).toEqual([1])
  })
})
