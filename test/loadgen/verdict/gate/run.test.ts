// Shows in which order a gate makes its runs, and when it stops. Method: runs that only say that they were made.
import { describe, expect, it } from 'vitest'
import type { EvidenceRun, SideDocument } from '../../../../loadgen/verdict/gate/evidence.ts'
import type { GateOutcome, GateVerdict } from '../../../../loadgen/verdict/gate/model.ts'
import { type GateRunner, plannedLooks, runGate } from '../../../../loadgen/verdict/gate/run.ts'
import { produceResult } from '../../report/result-fixture.ts'

async function made(pairs: number, more: Partial<GateRunner> & { verdicts?: readonly GateVerdict[] } = {}) {
  const runs: string[] = []
  const judged: { documents: number; lost: readonly EvidenceRun[]; look: number }[] = []
  const { verdicts = [], ...rest } = more
  const outcome = await runGate({
    plan: { design: 'paired', alpha: 0.05, pairsAsked: pairs, looks: [pairs] },
    discarded: 0,
    runOne: async (side, pair) => {
      runs.push(`${side === 'base' ? 'A' : 'B'}${pair}`)
      return { document: produceResult }
    },
    judge: (documents: readonly SideDocument[], lost, look) => {
      judged.push({ documents: documents.length, lost, look })
      return { verdict: verdicts[judged.length - 1] ?? 'pass' } as GateOutcome
    },
    ...rest,
  })
  return { outcome, runs: runs.join(' '), judged }
}

describe('the runs of a gate', () => {
  it('are made in turns, and judged once', async () => {
    const { runs, judged } = await made(4)
    expect(runs).toBe('A1 B1 B2 A2 A3 B3 B4 A4')
    expect(judged.map(({ documents }) => documents)).toEqual([8])
  })

  it('begin with pairs that do not count', async () => {
    const { runs, judged } = await made(2, { discarded: 1 })
    expect(runs).toBe('A0 B0 B1 A1 A2 B2')
    expect(judged[0]!.documents).toBe(4)
  })

  it('stop at the look that decides, and not at one that does not', async () => {
    const looks = plannedLooks(10, true)
    const plan = { design: 'paired', alpha: 0.05, pairsAsked: 10, looks } as const
    const { judged, outcome } = await made(10, { plan, verdicts: ['inconclusive', 'regression'] })
    expect(judged.map(({ documents, look }) => [documents, look])).toEqual([
      [12, 0],
      [16, 1],
    ])
    expect(outcome.verdict).toBe('regression')
  })

  it('that leave nothing behind are evidence of errors', async () => {
    const { judged } = await made(2, {
      runOne: async (side, pair) =>
        side === 'candidate' && pair === 2 ? { failure: 'SENDS_FAILED: 3 records' } : { document: produceResult },
    })
    expect(judged[0]!.lost).toMatchObject([{ side: 'candidate', pair: 2, state: 'failed', numbers: {} }])
  })

  it('end when they are interrupted, and what there is is judged', async () => {
    const controller = new AbortController()
    const { judged } = await made(5, {
      signal: controller.signal,
      runOne: async (side, pair) => {
        if (side === 'base' && pair === 2) controller.abort()
        return { document: produceResult }
      },
    })
    expect(judged.map(({ documents }) => documents)).toEqual([4])
  })
})
