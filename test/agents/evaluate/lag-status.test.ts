// Shows the states on traces of what other monitors got wrong, each with the complaint that it comes from.
// Method: a trace is what an agent sees every 10 s: committed and end offset; the state is taken at its end.
import { describe, expect, it } from 'vitest'
import { lagStatus, type Observations, worstState } from '../../../agents/evaluate/lag-status.ts'

const everyMs = 10_000

interface Step {
  readonly committed?: number
  readonly end?: number
  readonly owned?: boolean
  readonly markersOnly?: boolean
  readonly left?: boolean
}

function seen(steps: readonly Step[], atMs: (index: number) => number): Observations {
  return {
    length: steps.length,
    atMs,
    committed: index => steps[index]!.committed ?? Number.NaN,
    endOffset: index => steps[index]!.end ?? Number.NaN,
    isMarkersOnly: index => steps[index]!.markersOnly ?? false,
    isOwned: steps.at(-1)?.owned ?? true,
    isLeftBehind: steps.at(-1)?.left ?? false,
  }
}

const stateOf = (steps: readonly Step[]): string =>
  lagStatus(
    seen(steps, index => index * everyMs),
    (steps.length - 1) * everyMs,
  )

const times = (count: number, step: (index: number) => Step): Step[] => Array.from({ length: count }, (_, i) => step(i))

describe('lag status', () => {
  it.each([
    { why: 'keeps up', steps: times(12, i => ({ committed: i * 100, end: i * 100 })), state: 'ok' },
    {
      why: 'idle for an hour without a commit, nothing to read (Burrow#38, #128, #140, #303)',
      steps: times(360, () => ({ committed: 100, end: 100 })),
      state: 'ok',
    },
    {
      why: 'no members and nothing to read',
      steps: times(60, () => ({ committed: 100, end: 100, owned: false })),
      state: 'ok',
    },
    {
      why: 'nobody reads and records wait, on a topic so quiet that its end does not move (Burrow#745, #290)',
      steps: times(30, () => ({ committed: 90, end: 100, owned: false })),
      state: 'stopped',
    },
    {
      why: 'the consumer is gone while records arrive (Burrow#58, #126: its lag froze)',
      steps: times(20, i => ({ committed: 100, end: 100 + i * 50, owned: false })),
      state: 'stopped',
    },
    {
      why: 'a member that owns the partition and does not get on: a poison pill',
      steps: times(20, i => ({ committed: 100, end: 100 + i * 50 })),
      state: 'stalled',
    },
    {
      why: 'commits in bursts, half a minute apart',
      steps: times(30, i => ({ committed: Math.floor(i / 3) * 300, end: i * 100 })),
      state: 'ok',
    },
    {
      why: 'the steady lag of one of a transaction marker (Burrow#570)',
      steps: times(30, () => ({ committed: 99, end: 100 })),
      state: 'ok',
    },
    {
      why: 'several markers and nothing else',
      steps: times(30, () => ({ committed: 95, end: 100, markersOnly: true })),
      state: 'ok',
    },
    {
      why: 'reads, and falls behind all the time',
      steps: times(20, i => ({ committed: i * 50, end: i * 100 })),
      state: 'lagging',
    },
    {
      why: 'a large lag that shrinks',
      steps: times(20, i => ({ committed: i * 200, end: 100_000 + i * 100 })),
      state: 'ok',
    },
    {
      why: 'a lag that stays the same while both move (Burrow: WARN at a tiny steady lag, #223)',
      steps: times(20, i => ({ committed: i * 100, end: i * 100 + 10 })),
      state: 'ok',
    },
    {
      why: 'went back',
      steps: [...times(10, i => ({ committed: i * 100, end: 1000 })), { committed: 200, end: 1000 }],
      state: 'rewound',
    },
    {
      why: 'went back a second time, after it had recovered from the first (Burrow sees the first only)',
      steps: [100, 50, 100, 150, 90].map(committed => ({ committed, end: 150 })),
      state: 'rewound',
    },
    {
      why: 'went back and is beyond where it was',
      steps: [100, 50, 100, 150, 200].map(committed => ({ committed, end: 200 })),
      state: 'ok',
    },
    {
      why: 'gone for half a minute after it had kept up: known before a minute is over',
      steps: [...times(10, i => ({ committed: i * 100, end: i * 100 + 50 })), ...times(3, i => ({ committed: 900, end: 1050 + i * 100, owned: false }))], // biome-ignore format: one line
      state: 'stopped',
    },
    {
      why: 'away for as long as a deploy takes: behind, and not stopped',
      steps: [...times(10, i => ({ committed: i * 100, end: i * 100 + 50 })), ...times(2, i => ({ committed: 900, end: 1050 + i * 100, owned: false }))], // biome-ignore format: one line
      state: 'lagging',
    },
    {
      why: 'commits once a minute, as sinks of Kafka Connect do',
      steps: times(25, i => ({ committed: Math.floor(i / 6) * 600, end: i * 100 + 600 })),
      state: 'ok',
    },
    {
      why: 'commits once a minute, in the first minute of the agent: its ways are not known yet',
      steps: times(6, i => ({ committed: 0, end: i * 100 + 600 })),
      state: 'ok',
    },
    {
      why: 'committed once a minute and has stopped',
      steps: [...times(12, i => ({ committed: Math.floor(i / 6) * 600, end: i * 100 + 600 })), ...times(12, i => ({ committed: 600, end: 1800 + i * 100, owned: false }))], // biome-ignore format: one line
      state: 'stopped',
    },
    {
      why: 'the group reads other topics by now, and its old commit is left over',
      steps: times(30, i => ({ committed: 100, end: 100 + i * 50, owned: false, left: true })),
      state: 'unknown',
    },
    { why: 'no commit', steps: times(5, () => ({ end: 100 })), state: 'unknown' },
    { why: 'no end: the partition has no leader', steps: times(5, () => ({ committed: 100 })), state: 'unknown' },
    {
      why: 'the agent has just started, and the lag is large: nothing can be said against it yet',
      steps: [{ committed: 0, end: 1_000_000 }],
      state: 'ok',
    },
  ])('$why: $state', ({ steps, state }) => {
    expect(stateOf(steps)).toBe(state)
  })

  it('looks at time, not at the number of observations: what is before the window is forgotten', () => {
    const steps = [
      { committed: 500, end: 500 },
      { committed: 400, end: 400 },
    ]
    const stateAfter = (ms: number) => lagStatus(seen(steps, index => index * ms), ms) // biome-ignore format: one line
    expect(stateAfter(10_000)).toBe('rewound')
    expect(stateAfter(400_000)).toBe('ok')
  })

  it('a group is as its worst partition; what is unknown hides nothing', () => {
    expect(worstState(['ok', 'unknown', 'stalled'])).toBe('stalled')
    expect(worstState(['ok', 'unknown'])).toBe('ok')
    expect(worstState([])).toBe('unknown')
  })
})
