// Shows that a sweep that is broken off goes on from what was kept: no point is run twice, the topic of the one that was under way is
// removed, and the report is that of a sweep in one piece. Method: points by hand in place of bench runs.
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import { matrix } from '../../../loadgen/capacity/sweep/matrix.ts'
import { runSweep, type SweepDeps, type SweepFile, sweepFileModel } from '../../../loadgen/capacity/sweep/run.ts'

const axes = [
  { name: 'partitions', values: ['1', '2', '3', '4', '6', '8'] },
  { name: 'acks', values: ['1', 'all'] },
]
const points = matrix(axes)
const fresh: SweepFile = {
  kind: 'millrace-sweep',
  version: 1,
  startedAt: '2026-01-01T00:00:00Z',
  fingerprint: 'f',
  points: [],
}

function runOf(settings: Readonly<Record<string, string>>) {
  const n = Number(settings.partitions)
  const perSec = (10_000 * n) / (1 + 0.1 * (n - 1))
  return {
    point: {
      settings,
      producePerSec: perSec,
      produceBytesPerSec: 100 * perSec,
      consumePerSec: settings.acks === '1' ? 2 * perSec : undefined,
      consumeBytesPerSec: undefined,
      partitions: n,
      cpuUsPerRecord: null,
      limiter: 'broker',
      failed: undefined,
    },
    environment: { cluster: { version: '4.3' } } as never,
  }
}

/** `breakIn`: the run ends in that point, by this error. */
async function sweep(file: SweepFile, breakIn?: number, error: Error = new Error('the machine is gone')) {
  const run: string[] = []
  const topics: string[] = []
  const removed: string[] = []
  let kept = file
  const deps: SweepDeps = {
    runPoint: async (settings, topic) => {
      run.push(JSON.stringify(settings))
      topics.push(topic)
      if (run.length === breakIn) throw error
      return runOf(settings)
    },
    newTopic: () => `topic-${run.length}`,
    removeTopic: async topic => void removed.push(topic),
    // As it comes back from a disk.
    save: async saved => {
      kept = sweepFileModel.parse(JSON.parse(JSON.stringify(saved))) as SweepFile
    },
    onPoint: async () => {},
  }
  const report = await runSweep(axes, points, file, deps).catch((reason: Error) => reason)
  return { report, run, topics, removed, kept }
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value))

describe('running a sweep', () => {
  it('one that was broken off runs the point in which it was and those that are left, and tells the same', async () => {
    const whole = await sweep(fresh)
    expect(whole.run).toHaveLength(12)
    const broken = await sweep(fresh, 6)
    expect(broken.report).toBeInstanceOf(Error)
    expect(broken.kept).toMatchObject({ points: { length: 5 }, topic: broken.topics.at(-1) })
    const rest = await sweep(broken.kept)
    expect(rest.removed).toEqual([broken.topics.at(-1)])
    expect([...broken.run.slice(0, 5), ...rest.run]).toEqual(whole.run)
    expect(plain(rest.report)).toEqual(plain(whole.report))
    expect(plain(rest.report)).toMatchObject({ curves: [{ over: 'partitions' }, {}], environment: { cluster: {} } })
  })

  it('a finished one is told again without a point', async () => {
    const whole = await sweep(fresh)
    const again = await sweep(whole.kept)
    expect([again.run, again.removed]).toEqual([[], []])
    expect(plain(again.report)).toEqual(plain(whole.report))
  })

  it('interrupted, it answers with the points that are known by then, and keeps no topic', async () => {
    const { report, kept } = await sweep(fresh, 4, new MillraceError('INTERRUPTED', 'Ctrl-C'))
    expect(report).toMatchObject({ points: { length: 3 }, combinations: 12 })
    expect(kept.points).toHaveLength(3)
    expect(kept.topic).toBeUndefined()
  })
})
