// Trials of the gate from recorded runs: blocks are drawn with replacement, sides are swapped by a coin, and the very judge of
// `millrace gate` says what it would have said. Seeded, so that a trial is the same tomorrow.
import { makeRandom } from '../../core/random.ts'
import type { EvidenceRun } from '../../loadgen/verdict/gate/evidence.ts'
import { judgeGate } from '../../loadgen/verdict/gate/judge.ts'
import type { GateVerdict } from '../../loadgen/verdict/gate/model.ts'
import { plannedLooks } from '../../loadgen/verdict/gate/run.ts'

export interface RecordedRun {
  readonly numbers: Readonly<Record<string, number>>
  readonly state: EvidenceRun['state']
}

/** Runs that were made one after the other, in random order: by condition. */
export type Block = Readonly<Record<string, RecordedRun>>

export interface Recording {
  readonly recordedAt: string
  readonly machine: string
  readonly blocks: readonly Block[]
}

export interface Trials {
  readonly base: string
  readonly candidate: string
  /** What becomes of the candidate's numbers: an effect put into real noise. */
  readonly effect?: Readonly<Record<string, number>>
  readonly swaps?: boolean
  readonly pairs: number
  readonly count: number
  readonly sequential?: boolean
  readonly gates?: readonly string[]
}

export type Tally = Readonly<Record<GateVerdict, number>> & {
  /** Of trials with this verdict on this metric. */
  readonly byMetric: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly pairsUsed: number
}

export function tryOut(blocks: readonly Block[], trials: Trials, seed = 20_261_126): Tally {
  const verdicts: Record<GateVerdict, number> = { pass: 0, regression: 0, improvement: 0, inconclusive: 0, invalid: 0 }
  const byMetric: Record<string, Record<string, number>> = {}
  let pairsUsed = 0
  const usable = blocks.filter(block => block[trials.base] !== undefined && block[trials.candidate] !== undefined)
  for (let trial = 0; trial < trials.count; trial++) {
    const gate = oneTrial(usable, trials, seed + trial)
    verdicts[gate.verdict]++
    pairsUsed += gate.pairs.made
    for (const { name, verdict, gated } of gate.metrics) {
      if (!gated) continue
      byMetric[name] ??= {}
      byMetric[name][verdict] = (byMetric[name][verdict] ?? 0) + 1
    }
  }
  return { ...verdicts, byMetric, pairsUsed: pairsUsed / trials.count }
}

function oneTrial(blocks: readonly Block[], trials: Trials, seed: number) {
  const { base, candidate, effect = {}, swaps = false, pairs, sequential = false, gates = [] } = trials
  const random = makeRandom(seed)
  const runs: EvidenceRun[] = []
  for (let pair = 1; pair <= pairs; pair++) {
    const block = blocks[random.below(blocks.length)]!
    const isSwapped = swaps && random.below(2) === 1
    const [one, other] = isSwapped ? [block[candidate]!, block[base]!] : [block[base]!, block[candidate]!]
    const changed = Object.entries(other.numbers).map(([name, value]) => [name, value * (effect[name] ?? 1)])
    const head = { pair, label: '', startedAt: '' }
    runs.push({ side: 'base', ...head, state: one.state, numbers: { ...one.numbers } })
    runs.push({ side: 'candidate', ...head, state: other.state, numbers: Object.fromEntries(changed) })
  }
  const looks = plannedLooks(pairs, sequential)
  const side = { label: '', about: {} }
  for (let look = 0; ; look++) {
    const outcome = judgeGate(
      {
        runs: runs.filter(({ pair }) => pair <= looks[look]!),
        plan: { design: 'paired', alpha: 0.05, pairsAsked: pairs, looks },
        gates: gates.map(name => ({ name })),
        limits: new Map(),
        base: side,
        candidate: side,
        settingsThatDiffer: [],
      },
      look,
    )
    const isDecided = outcome.verdict !== 'inconclusive' && outcome.verdict !== 'invalid'
    if (isDecided || look === looks.length - 1) return outcome
  }
}
