// Shows `millrace lag` as its user sees it: groups, partitions, JSON, a watch that ends with Ctrl-C, and what is wrong told at
// once. Method: the whole program against an embedded broker.
import { EventEmitter } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { commitOffsets, createTopic } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import { append, deleteBefore } from '../agents/writing.ts'
import { settingsOf } from '../kafka/settings.ts'
import { millrace } from './millrace.ts'

let brokers: EmbeddedCluster
let cluster: Cluster
beforeAll(async () => {
  brokers = await startBroker()
  cluster = await Cluster.connect(settingsOf(brokers.bootstrap))
  await createTopic(cluster, { name: 'orders', partitions: 2, replicationFactor: 1 })
  const hourAgoMs = Date.now() - 3_600_000
  for (const partition of [0, 1])
    await append(
      cluster,
      'orders',
      partition,
      [1, 2, 3, 4].map(() => hourAgoMs),
    )
  await commitOffsets(cluster, 'billing', 'orders', new Map([[0, 4], [1, 1]])) // biome-ignore format: one line
  await commitOffsets(cluster, 'audit\u0007', 'orders', new Map([[0, 2]]))
  await deleteBefore(cluster, 'orders', 1, 2)
})
afterAll(async () => {
  await cluster.close()
  await brokers.close()
})

function lag(args: readonly string[], onStdout: (text: string, events: EventEmitter) => void = () => {}) {
  const events = new EventEmitter()
  return millrace(['lag', ...args], { events, onStdout: text => onStdout(text, events) })
}

const bootstrap = () => ['--bootstrap', brokers.bootstrap]

describe('millrace lag', () => {
  it('without --group: a line for each group, the furthest behind first, names that draw made harmless', async () => {
    const { stdout, exitCode } = await lag(bootstrap())
    expect(exitCode).toBe(0)
    expect(stdout.replaceAll(/1 h( \d+ s)?/g, '1 h').split('\n')).toEqual([
      // As wide as what is below: it may be an hour and a second by now.
      expect.stringMatching(/^GROUP {8}TYPE {5}STATE {2}MEMBERS {2}PARTITIONS {2}LAG {2,3}BEHIND {2}NOTE$/),
      expect.stringMatching(/^billing +classic +Empty +0 +2 +3 +1 h +nobody reads; 1 offset lost to retention$/),
      expect.stringMatching(/^audit\\u0007 +classic +Empty +0 +1 +2 +1 h +nobody reads$/),
      '',
    ])
  })

  it('with --group: a line for each partition', async () => {
    const { stdout } = await lag([...bootstrap(), '--group', 'bill*'])
    expect(stdout.replaceAll(/1 h( \d+ s)?/g, '1 h').split('\n')).toEqual([
      'billing: classic group, Empty, 0 members, coordinator 1, lag 3',
      expect.stringMatching(/^TOPIC +PARTITION +COMMITTED +END +LAG +BEHIND +MEMBER +NOTE$/),
      expect.stringMatching(/^orders +0 +4 +4 +0 +0 ms +-$/),
      expect.stringMatching(/^orders +1 +1 +4 +3 +1 h +- +1 lost to retention, 2 left to read$/),
      '',
    ])
  })

  it('--json is the report', async () => {
    const { stdout } = await lag([...bootstrap(), '--group', 'billing', '--json', '--no-seconds'])
    const report = JSON.parse(stdout)
    expect(report.groups.map(({ groupId, lag: total, lost }: never) => [groupId, total, lost])).toEqual([
      ['billing', 3, 1],
    ])
    expect(report.groups[0].partitions[1].ends).toEqual({ logStart: 2, lastStable: 4, highWatermark: 4 })
  })

  it('--watch goes on until Ctrl-C, one JSON document a line', async () => {
    let looks = 0
    const { stdout, exitCode } = await lag([...bootstrap(), '--watch', '500ms', '--json'], (_, events) => {
      looks++
      if (looks === 2) events.emit('SIGINT')
    })
    const lines = stdout.trim().split('\n')
    expect([exitCode, lines.length]).toEqual([0, 2])
    expect(lines.map(line => JSON.parse(line).groups.length)).toEqual([2, 2])
  })

  it('--watch of a table, not on a terminal: one after the other, each under its time', async () => {
    const { stdout } = await lag([...bootstrap(), '--watch', '500ms'], (text, events) => {
      if (text.includes('audit')) events.emit('SIGINT')
    })
    const [time, none, heads] = stdout.split('\n')
    expect([time, none, heads]).toEqual([
      expect.stringMatching(/^\d{4}-.*Z {2}cluster \S+$/),
      '',
      expect.stringMatching(/^GROUP/),
    ])
    expect(stdout).not.toContain('\x1b')
  })

  it('says that a group does not exist', async () => {
    const { stderr, exitCode } = await lag([...bootstrap(), '--group', 'Billing'])
    expect([exitCode, stderr]).toEqual([23, expect.stringContaining('error GROUP_UNKNOWN: no group is called Billing')])
  })

  it('tells everything that is wrong at once, that of the client settings too', async () => {
    const { stderr, exitCode } = await lag(['--watch', '1', '--grup', 'a', '--property', 'security.protocol=SAFE'])
    expect(exitCode).toBe(104)
    for (const part of ['--watch', '--grup: is not known; did you mean --group?', 'security.protocol', '--bootstrap']) {
      expect(stderr).toContain(part)
    }
  })
})
