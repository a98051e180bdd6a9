// Shows what is told of a collector: success, age, gaps by reason; and that one that fails keeps its last good data and does not
// stop. Method: a collector that does as it is told, a clock that is moved by hand.
import { describe, expect, it } from 'vitest'
import { type AgentClock, type Collector, CollectorLoop, type Cycle, pageText } from '../../agents/collector.ts'
import type { Gap } from '../../agents/gap.ts'
import { MillraceError } from '../../core/errors.ts'
import { metrics } from '../../metrics/catalog.ts'
import { Family } from '../../metrics/exposition.ts'

const members = () => new Family(metrics.groupMembers).set({ cluster: 'c', group: 'g' }, 4)
const gap: Gap = { about: 'group', name: 'secret', reason: 'authorization', message: 'not allowed' }

function loopOf(cycles: readonly (Cycle | Error)[]) {
  let nowMs = 0
  let next = 0
  const notices: string[] = []
  const clock: AgentClock = {
    nowMs: () => nowMs,
    pause: async ms => {
      nowMs += ms
    },
  }
  const collector: Collector = {
    name: 'lag',
    intervalMs: 1000,
    collect: async () => {
      nowMs += 250
      const cycle = cycles[next++]!
      if (cycle instanceof Error) throw cycle
      return cycle
    },
  }
  return { loop: new CollectorLoop('c', collector, clock, text => notices.push(text)), notices }
}

const samples = (loop: CollectorLoop) =>
  pageText(loop.families(), 'prometheus')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))

const labels = 'cluster="c",collector="lag"'

describe('a collector', () => {
  it('is not ready before its first cycle, and says so', async () => {
    const { loop } = loopOf([{ families: [], gaps: [], takenAtMs: 5000 }])
    expect(loop.notReady).toBe('c: lag has not completed a cycle')
    await loop.once()
    expect(loop.notReady).toBeUndefined()
  })

  it('tells success, duration, time of its data and gaps by reason', async () => {
    const { loop } = loopOf([{ families: [members()], gaps: [gap, gap], takenAtMs: 5000 }])
    await loop.once()
    expect(samples(loop)).toEqual([
      `millrace_collector_cycles_total{${labels},outcome="success"} 1`,
      `millrace_collector_cycles_total{${labels},outcome="failure"} 0`,
      `millrace_collector_success{${labels}} 1`,
      `millrace_collector_duration_seconds{${labels}} 0.25`,
      `millrace_collector_last_success_timestamp_seconds{${labels}} 5`,
      `millrace_agent_gaps{${labels},about="group",reason="authorization"} 2`,
      'millrace_consumer_group_members{cluster="c",group="g"} 4',
    ])
  })

  it('keeps what it knew when a cycle fails: the age tells; and recovers', async () => {
    const failure = new MillraceError('BROKER_UNREACHABLE', 'nobody there')
    const good = (takenAtMs: number) => ({ families: [members()], gaps: [], takenAtMs })
    const { loop, notices } = loopOf([good(1000), failure, good(9000)])
    await loop.once()
    await loop.once()
    expect(samples(loop)).toEqual(
      expect.arrayContaining([
        `millrace_collector_success{${labels}} 0`,
        `millrace_collector_cycles_total{${labels},outcome="failure"} 1`,
        `millrace_collector_last_success_timestamp_seconds{${labels}} 1`,
        'millrace_consumer_group_members{cluster="c",group="g"} 4',
      ]),
    )
    expect(notices).toEqual(['c: collector lag: BROKER_UNREACHABLE: nobody there'])
    await loop.once()
    expect(samples(loop)).toContain(`millrace_collector_success{${labels}} 1`)
  })

  it('runs at its interval, counted from beginning to beginning, until it is told to stop', async () => {
    const controller = new AbortController()
    const { loop } = loopOf([])
    const starts: number[] = []
    let nowMs = 0
    const clock: AgentClock = {
      nowMs: () => nowMs,
      pause: async ms => {
        nowMs += ms
      },
    }
    const collect = async () => {
      starts.push(nowMs)
      nowMs += 300
      if (starts.length === 3) controller.abort()
      return { families: [], gaps: [], takenAtMs: nowMs }
    }
    const paced = new CollectorLoop('c', { name: 'lag', intervalMs: 1000, collect }, clock, () => {})
    await paced.run(controller.signal)
    expect(starts).toEqual([0, 1000, 2000])
    expect(loop.notReady).toBeDefined()
  })
})
