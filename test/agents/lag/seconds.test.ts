// Shows that the lag in seconds holds the truth between its bounds, for producers and consumers of every temper, also where clocks are
// wrong, with and without reading records, and when the agent comes later than the records. Method: simulated traces, looks that take their time, a clock that is a number.
// The same traces run on real Kafka by `npm run bench:lag-seconds`.
import { describe, expect, it } from 'vitest'
import { LagTable } from '../../../agents/lag/lag-table.ts'
import { makeRandom } from '../../../core/random.ts'
import { snapshotOf } from '../snapshots.ts'
import { scoreOf, type Told, type Trace, traces, truthSec } from './traces.ts'

const durationMs = 600_000
const intervalMs = 5_000

/** What the agent says at each look. A look takes up to 200 ms: commits first, then the ends at some moment, then its records. */
function toldOf(
  { appendsAtMs, commits, skewMs, isLogAppendTime }: Trace,
  { exactReads, fromMs }: { readonly exactReads: number; readonly fromMs: number },
): Told[] {
  const random = makeRandom(7)
  const table = new LagTable()
  const told: Told[] = []
  for (let atMs = fromMs; atMs < durationMs; atMs += intervalMs) {
    const commitsAtMs = atMs + random.fraction() * 100
    const endsAtMs = commitsAtMs + random.fraction() * 100
    const lookedAtMs = commitsAtMs + random.fraction() * (endsAtMs - commitsAtMs)
    const committed = commits.findLast(each => each.atMs <= atMs)?.offset ?? 0
    const end = appendsAtMs.findLastIndex(each => each <= lookedAtMs) + 1
    table.take({ ...snapshotOf({ atMs: endsAtMs, committed: [committed], ends: [end] }), commitsAtMs })
    const answers = table.questions(exactReads).map(question => ({
      ...question,
      timestampMs: appendsAtMs[question.offset]! + (isLogAppendTime ? 0 : skewMs),
      recordOffset: question.offset,
      isAppendTime: isLogAppendTime,
      markersUntil: undefined,
    }))
    table.exact.keep(answers)
    const [rows] = table.groups[0]!.rows
    const [lowSec, highSec] = [rows!.lowSeconds(0), rows!.highSeconds(0)].map(sec => (Number.isNaN(sec) ? null : sec))
    told.push({ committed, lowSec: lowSec!, highSec: highSec!, atMs: endsAtMs })
  }
  return told
}

const atFirst = { fromMs: 1_000, openShareMax: 0.02 }
/** In the middle of bursts, and of the long stall: what is seen of it has no upper bound until it is over. */
const later = { fromMs: durationMs * 0.25, openShareMax: 1 }

describe.each([
  { how: 'from the ends that were seen', exactReads: 0, ...atFirst },
  { how: 'with records that are read', exactReads: 10, ...atFirst },
  { how: 'from the ends that were seen, by an agent that came later', exactReads: 0, ...later },
  { how: 'with records that are read, by an agent that came later', exactReads: 10, ...later, openShareMax: 0.05 },
])('seconds, $how', ({ exactReads, fromMs, openShareMax }) => {
  it.each(traces(durationMs))('$name', trace => {
    const told = toldOf(trace, { exactReads, fromMs })
    const score = scoreOf(told, each => {
      const truth = truthSec(trace.appendsAtMs, each)
      return [truth, truth]
    })
    expect(score.within).toBeGreaterThanOrEqual(0.99)
    expect(score.errorSecMedian).toBeLessThan(intervalMs / 1000)
    expect(score.openShare).toBeLessThanOrEqual(openShareMax)
  })
})
