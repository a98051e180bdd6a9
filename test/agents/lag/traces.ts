// Producers and consumers whose every record and commit is known: what a lag in seconds is held against, in a simulation and, by
// `npm run bench:lag-seconds`, on real Kafka. Times are milliseconds from the beginning; one partition, offsets from 0.

export interface Trace {
  readonly name: string
  /** When each record is written, rising. */
  readonly appendsAtMs: readonly number[]
  /** Rising in time. */
  readonly commits: readonly Commit[]
  /** What the producer's clock says too much; the record carries that. */
  readonly skewMs: number
  readonly isLogAppendTime: boolean
}

export interface Commit {
  readonly atMs: number
  readonly offset: number
}

const everyMs = (gapMs: number, fromMs: number, toMs: number) =>
  Array.from({ length: Math.max(0, Math.ceil((toMs - fromMs) / gapMs)) }, (_, index) => fromMs + index * gapMs)

/** A consumer that reads at most so many records a second while it is awake, and commits every second. */
function read(
  appendsAtMs: readonly number[],
  durationMs: number,
  { perSec, delayMs, isAwake = () => true }: Reading,
): Commit[] {
  let offset = 0
  return everyMs(1_000, 0, durationMs).flatMap(atMs => {
    if (!isAwake(atMs)) return []
    const there = appendsAtMs.findLastIndex(each => each <= atMs - delayMs) + 1
    offset = Math.max(offset, Math.min(there, offset + perSec))
    return [{ atMs, offset }]
  })
}

interface Reading {
  readonly perSec: number
  /** From the log to the commit. */
  readonly delayMs: number
  readonly isAwake?: (atMs: number) => boolean
}

export function traces(durationMs: number): Trace[] {
  const plain = { skewMs: 0, isLogAppendTime: false }
  const steady = everyMs(50, 0, durationMs)
  const slowly = everyMs(100, 0, durationMs)
  const bursts = everyMs(durationMs / 6, durationMs / 20, durationMs).flatMap(atMs => everyMs(5, atMs, atMs + 1_000))
  const seldom = everyMs(durationMs / 7, durationMs / 15, durationMs)
  const asleep = (atMs: number) => atMs > durationMs * 0.2 && atMs < durationMs * 0.7
  const keepingUp = { perSec: 1_000, delayMs: 2_500 }
  const following = { appendsAtMs: slowly, commits: read(slowly, durationMs, keepingUp) }
  return [
    { name: 'steady', ...plain, appendsAtMs: steady, commits: read(steady, durationMs, keepingUp) },
    { name: 'burst', ...plain, appendsAtMs: bursts, commits: read(bursts, durationMs, { perSec: 25, delayMs: 0 }) },
    { name: 'idle', ...plain, appendsAtMs: seldom, commits: read(seldom, durationMs, { perSec: 1, delayMs: 4_000 }) },
    {
      name: 'long stall',
      ...plain,
      appendsAtMs: slowly,
      commits: read(slowly, durationMs, { perSec: 50, delayMs: 500, isAwake: atMs => !asleep(atMs) }),
    },
    { name: 'clock 30 s ahead', ...plain, ...following, skewMs: 30_000 },
    { name: 'clock 30 s behind', ...plain, ...following, skewMs: -30_000 },
    { name: 'LogAppendTime', ...following, skewMs: -30_000, isLogAppendTime: true },
  ]
}

// ---- what is true, and how far what was told is from it ----

export interface Told {
  readonly committed: number
  readonly lowSec: number | null
  readonly highSec: number | null
  /** Moment that it is told of. */
  readonly atMs: number
}

/** Seconds since the next record was written; 0: it was not yet. */
export function truthSec(
  appendsAtMs: readonly number[],
  { committed, atMs }: Pick<Told, 'committed' | 'atMs'>,
): number {
  const writtenAtMs = appendsAtMs[committed]
  return writtenAtMs === undefined || writtenAtMs > atMs ? 0 : (atMs - writtenAtMs) / 1000
}

export interface Score {
  readonly samples: number
  /** Share of the samples whose bounds hold the truth. */
  readonly within: number
  /** Seconds between the truth and the upper bound, which is what a group is told by. Of samples that have one. */
  readonly errorSecMedian: number
  readonly errorSecMax: number
  /** Share of the samples with a lower bound only. */
  readonly openShare: number
}

/** `truthOf`: the least and the most that the truth can be. */
export function scoreOf(told: readonly Told[], truthOf: (each: Told) => readonly [number, number]): Score {
  const errors = told.flatMap(each => (each.highSec === null ? [] : [Math.abs(each.highSec - truthOf(each)[1])]))
  errors.sort((a, b) => a - b)
  const isWithin = (each: Told) => {
    const [least, most] = truthOf(each)
    return each.lowSec !== null && each.lowSec <= most && (each.highSec === null || least <= each.highSec)
  }
  return {
    samples: told.length,
    within: told.filter(isWithin).length / told.length,
    errorSecMedian: errors[errors.length >> 1] ?? Number.NaN,
    errorSecMax: errors.at(-1) ?? Number.NaN,
    openShare: 1 - errors.length / told.length,
  }
}
