// Makes the runs of a gate: pairs in turns (A B, B A, A B, ...), so that a machine that warms up, a disk that fills and a neighbour that
// comes favour neither side; looks at them where the plan says so, and stops when they have decided.
import type { EvidenceRun, GateDocument, Side, SideDocument } from './evidence.ts'
import type { GatePlan } from './judge.ts'
import type { GateOutcome } from './model.ts'

/** A run that left nothing behind is evidence too: of errors. */
export type MadeRun = { readonly document: GateDocument } | { readonly failure: string }

export interface GateRunner {
  readonly plan: GatePlan
  /** Pairs that are made first and do not count: a broker that has just been started is no steady one. */
  readonly discarded: number
  readonly signal?: AbortSignal | undefined
  runOne(side: Side, pair: number): Promise<MadeRun>
  judge(documents: readonly SideDocument[], lost: readonly EvidenceRun[], look: number): GateOutcome
  onRun?(made: SideDocument | EvidenceRun): void
  onLook?(outcome: GateOutcome, pairs: number): void
}

export const orderOfPair = (pair: number): readonly [Side, Side] =>
  pair % 2 === 1 ? ['base', 'candidate'] : ['candidate', 'base']

/** Interrupted: what there is is judged, by the limits of the first look that has not been. */
export async function runGate(runner: GateRunner): Promise<GateOutcome> {
  const { plan, discarded, signal, runOne, judge, onRun, onLook } = runner
  const documents: SideDocument[] = []
  const lost: EvidenceRun[] = []
  const make = async (side: Side, pair: number) => {
    const startedAt = new Date().toISOString()
    const made = await runOne(side, pair)
    if (pair < 1) return
    const head = { side, pair, label: `${side} ${pair}` }
    if ('document' in made) documents.push({ ...head, document: made.document })
    else {
      const how = signal?.aborted
        ? ({ state: 'interrupted', why: 'it was interrupted' } as const)
        : ({ state: 'failed', why: made.failure } as const)
      lost.push({ ...head, startedAt, ...how, numbers: {} })
    }
    onRun?.('document' in made ? documents.at(-1)! : lost.at(-1)!)
  }
  for (let pair = 1 - discarded; pair <= plan.pairsAsked; pair++) {
    for (const side of orderOfPair(pair + discarded)) if (!signal?.aborted) await make(side, pair)
    const look = plan.looks.indexOf(pair)
    if (signal?.aborted) break
    if (look < 0 || look === plan.looks.length - 1) continue
    const outcome = judge(documents, lost, look)
    onLook?.(outcome, pair)
    if (outcome.verdict !== 'inconclusive' && outcome.verdict !== 'invalid') return outcome
  }
  return judge(documents, lost, plan.looks.length - 1)
}

/** Looks of a plan that may stop early: five at most, at whole blocks of ABBA, none before six pairs. */
export function plannedLooks(pairs: number, isSequential: boolean): number[] {
  if (!isSequential) return [pairs]
  const step = Math.max(2, 2 * Math.ceil(pairs / 10))
  const looks: number[] = []
  for (let look = step; look < pairs; look += step) if (look >= looksFrom) looks.push(look)
  return [...looks, pairs]
}

const looksFrom = 6
