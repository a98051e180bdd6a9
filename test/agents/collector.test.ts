// Shows what is told of a collector: success, age, gaps by reason; and that one that fails keeps its last good data and does not
// stop. Method: a collector that does as it is told, a clock that is moved by hand.
import { describe, expect, it } from 'vitest'
import type { Collector, Look } from '../../agents/collector.ts'
import { type AgentClock, CollectorLoop } from '../../agents/collector-loop.ts'
import type { Gap } from '../../agents/gap.ts'
import { MillraceError } from '../../core/errors.ts'
import type { Family } from '../../metrics/exposition.ts'
import { textOf } from './look.ts'

const gap: Gap = { about: 'group', name: 'secret', reason: 'authorization', message: 'not allowed' }
const settings = { clusterName: 'c', collectorName: 'lag', intervalMs: 1000 }

function loopOf(looks: readonly (Look<string> | Error)[]) {
  let nowMs = 0
  let next = 0
  const notices: string[] = []
  const told: { own: readonly Family[]; data: unknown }[] = []
  const clock: AgentClock = {
    nowMs: () => nowMs,
    pause: async ms => {
      nowMs += ms
    },
  }
  const collector: Collector = {
    look: async () => {
      nowMs += 250
      const look = looks[next++]!
      if (look instanceof Error) throw look
      return look
    },
  }
  const loop = new CollectorLoop(settings, collector, clock, {
    onLook: (own, look) => void told.push({ own, data: look?.data }),
    onNotice: text => notices.push(text),
  })
  return { loop, notices, told }
}

const samples = (families: readonly Family[] | undefined) =>
  textOf(families ?? [])
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))

const labels = 'cluster="c",collector="lag"'

describe('a collector', () => {
  it('tells success, duration, time of its data and gaps by reason, and passes on what it found', async () => {
    const { loop, told } = loopOf([{ data: 'first', gaps: [gap, gap], takenAtMs: 5000 }])
    await loop.once()
    expect(told[0]?.data).toBe('first')
    expect(samples(told[0]?.own)).toEqual([
      `millrace_collector_cycles_total{${labels},outcome="success"} 1`,
      `millrace_collector_cycles_total{${labels},outcome="failure"} 0`,
      `millrace_collector_success{${labels}} 1`,
      `millrace_collector_duration_seconds{${labels}} 0.25`,
      `millrace_collector_last_success_timestamp_seconds{${labels}} 5`,
      `millrace_agent_gaps{${labels},about="group",reason="authorization"} 2`,
    ])
  })

  it('a look that fails tells so, keeps the time of the last good data, and takes nothing off the page; then it recovers', async () => {
    const failure = new MillraceError('BROKER_UNREACHABLE', 'nobody there')
    const good = (takenAtMs: number) => ({ data: 'good', gaps: [], takenAtMs })
    const { loop, notices, told } = loopOf([good(1000), failure, good(9000)])
    await loop.once()
    await loop.once()
    expect(told[1]?.data).toBeUndefined()
    expect(samples(told[1]?.own)).toEqual(
      expect.arrayContaining([
        `millrace_collector_success{${labels}} 0`,
        `millrace_collector_cycles_total{${labels},outcome="failure"} 1`,
        `millrace_collector_last_success_timestamp_seconds{${labels}} 1`,
      ]),
    )
    expect(notices).toEqual(['c: collector lag: BROKER_UNREACHABLE: nobody there'])
    await loop.once()
    expect(samples(told[2]?.own)).toContain(`millrace_collector_success{${labels}} 1`)
  })

  it('runs at its interval, counted from beginning to beginning, until it is told to stop; then it closes what it holds', async () => {
    const controller = new AbortController()
    const starts: number[] = []
    let nowMs = 0
    let closed = false
    const clock: AgentClock = {
      nowMs: () => nowMs,
      pause: async ms => {
        nowMs += ms
      },
    }
    const look = async () => {
      starts.push(nowMs)
      nowMs += 300
      if (starts.length === 3) controller.abort()
      return { data: undefined, gaps: [], takenAtMs: nowMs }
    }
    const close = async () => {
      closed = true
    }
    const loop = new CollectorLoop(settings, { look, close }, clock, { onLook() {}, onNotice() {} })
    await loop.run(controller.signal)
    expect([starts, closed]).toEqual([[0, 1000, 2000], true])
  })
})
