// Shows how the text tells of consumers that fell behind and of members that came and went.
import { describe, expect, it } from 'vitest'
import type { CatchUpResult } from '../../../loadgen/catch-up/model.ts'
import type { Rebalances } from '../../../loadgen/group/model.ts'
import { catchUpLines } from '../../../loadgen/report/catch-up-text.ts'
import { groupLines } from '../../../loadgen/report/group-text.ts'

const phase = {
  seconds: 5,
  offeredPerSec: 50_000,
  producedPerSec: 49_990,
  appendedPerSec: 49_990,
  consumedPerSec: 50_010,
}
const caughtUp: CatchUpResult = {
  ...{ how: 'pause', asked: 'pause:10s', outcome: 'caught-up', pausedSeconds: 10.001, baselineLag: 812 },
  ...{ backlog: 500_312, leftLag: 700, drainSeconds: 2.345, drainedPerSec: 213_054 },
  before: { ...phase, responseP50Ms: 3.5, responseP99Ms: 9.25 },
  paused: { ...phase, seconds: 10.001, consumedPerSec: 20, responseP50Ms: 3.25, responseP99Ms: 8 },
  drain: { ...phase, seconds: 2.345, consumedPerSec: 263_044, responseP50Ms: 5.5, responseP99Ms: 30.75 },
  curve: [],
}

describe('catch-up', () => {
  it('that has ended', () => {
    expect(catchUpLines(caughtUp)).toEqual([
      '  fell behind    the consumers paused for 10.0 s after 5.0 s (pause:10s)',
      '  backlog        500,312 offsets; before, 812 at most',
      '  drain          2.35 s, 263,044 msg/s read, the backlog shrinking by 213,054/s',
      '                    before     paused      drain',
      '  seconds              5.0       10.0        2.3',
      '  offered/s         50,000     50,000     50,000',
      '  produced/s        49,990     49,990     49,990',
      '  appended/s        49,990     49,990     49,990',
      '  consumed/s        50,010         20    263,044',
      '  response p50     3.50 ms    3.25 ms    5.50 ms',
      '  response p99     9.25 ms    8.00 ms   30.75 ms',
    ])
  })

  it('that has not, and that never would', () => {
    const open = {
      ...caughtUp,
      outcome: 'not-caught-up',
      leftLag: 100_000,
      drainSeconds: 20,
      drainedPerSec: 20_000,
    } as const
    expect(catchUpLines(open).slice(2, 4)).toEqual([
      '  drain          NOT CAUGHT UP within the measured time: 100,000 offsets behind after 20.00 s',
      '                 it shrank by 20,000/s: about 5 s more; 263,044 msg/s read',
    ])
    expect(catchUpLines({ ...open, drainedPerSec: -1 })[3]).toContain('consumers this slow never catch up')
  })

  it('of consumers that had gone back, beside producers of others', () => {
    const others = {
      ...caughtUp,
      how: 'seek',
      asked: 'seek:-5m',
      before: { seconds: 5, appendedPerSec: 1, consumedPerSec: 1 },
    } as const
    const { paused: _, drain: __, ...back } = others
    const lines = catchUpLines(back)
    expect(lines[0]).toBe('  fell behind    the consumers went back after 5.0 s (seek:-5m)')
    expect(lines.some(line => line.includes('offered') || line.includes('response'))).toBe(false)
  })

  it('that did not begin', () => {
    const { drain: _, ...cut } = { ...caughtUp, outcome: 'not-begun' as const }
    expect(catchUpLines(cut)[2]).toBe(
      '  drain          NOT BEGUN: the measured time was over before the consumers went on',
    )
  })
})

const quiet: Rebalances = {
  ...{
    group: 'load-1',
    protocol: 'consumer',
    consumers: 1,
    formedSeconds: 1.5,
    joined: 0,
    left: 0,
    killed: 0,
    count: 0,
  },
  ...{ list: [], unfinished: 0, commits: 12, commitsFailed: 0 },
}

describe('a group', () => {
  it('in which nothing happens', () => {
    expect(groupLines(quiet)).toEqual([
      '  group          load-1 (consumer): 1 member, formed in 1.50 s',
      '  rebalances     none',
      '  commits        12',
    ])
  })

  it('whose members come and go', () => {
    const busy: Rebalances = {
      ...quiet,
      ...{ protocol: 'classic', assignor: 'range', consumers: 3, joined: 2, left: 1, killed: 1, count: 2 },
      seconds: { mean: 2, max: 3, total: 4 },
      partitionPause: { count: 8, p50Ms: 900, p99Ms: 2_900, maxMs: 3_000 },
      list: [
        { sec: 10, seconds: 1, partitions: 2, cause: 'leave' },
        { sec: 20, seconds: 3, partitions: 6, cause: 'kill' },
      ],
      ...{ unfinished: 1, commitsFailed: 2 },
    }
    expect(groupLines(busy)).toEqual([
      '  group          load-1 (classic, range): 3 members, formed in 1.50 s',
      '  members        1 left, 1 killed, 2 came back',
      '  rebalances     2, 2.00 s each (mean), 3.00 s at most, 4.00 s in all',
      '                 at 20.0 s: 3.00 s, 6 partitions, kill',
      '                 at 10.0 s: 1.00 s, 2 partitions, leave',
      '  not read       a partition for 900.00 ms (p50), 2,900.00 ms (p99), 3,000.00 ms at most',
      '                 1 partition WITHOUT A READER when the run ended',
      '  commits        12, 2 FAILED',
    ])
  })
})
