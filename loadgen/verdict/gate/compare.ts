// Documents of two sides to an outcome, all at once: what `gate compare` does, and `gate run` at its end.
import { aboutOf, differingSettings, type EvidenceRun, evidenceOf, isTest, type SideDocument } from './evidence.ts'
import { type GatePlan, judgeGate } from './judge.ts'
import type { GateChoice } from './metrics.ts'
import type { GateOutcome } from './model.ts'

export interface CompareOptions {
  readonly design: 'paired' | 'unpaired'
  readonly gates: readonly GateChoice[]
  readonly limits: ReadonlyMap<string, number>
  readonly alpha: number
  readonly acceptsDisturbed?: boolean
  readonly acceptsOtherMachine?: boolean
  readonly baseLabel: string
  readonly candidateLabel: string
  /** Of a run of its own: what was asked for, and which look this is. */
  readonly plan?: Pick<GatePlan, 'pairsAsked' | 'looks'>
  readonly look?: number
  /** Runs that left no document behind. */
  readonly lost?: readonly EvidenceRun[]
  readonly about?: { readonly base: Record<string, string>; readonly candidate: Record<string, string> }
}

export function compareDocuments(documents: readonly SideDocument[], options: CompareOptions): GateOutcome {
  const { design, gates, limits, alpha, acceptsDisturbed = false, plan, look, lost = [], about } = options
  const of = (side: SideDocument['side']) => documents.filter(each => each.side === side)
  const [base, candidate] = [of('base'), of('candidate')]
  const differing =
    base.length === 0 || candidate.length === 0 ? [] : differingSettings(base[0]!.document, candidate[0]!.document)
  const pairs = Math.min(base.length, candidate.length)
  const outcome = judgeGate(
    {
      runs: [...documents.map(evidenceOf), ...lost],
      plan: { design, alpha, pairsAsked: pairs, looks: [pairs], ...plan },
      gates,
      limits,
      acceptsDisturbed,
      generatorDiffers: differing.some(({ setting }) => ofGenerator.test(setting)),
      base: { label: options.baseLabel, about: { ...about?.base, ...factsOf(base[0]) } },
      candidate: { label: options.candidateLabel, about: { ...about?.candidate, ...factsOf(candidate[0]) } },
      settingsThatDiffer: differing,
    },
    look,
  )
  const isElsewhere = differing.some(({ setting }) => /(^|\.)host\./.test(setting))
  return isElsewhere && options.acceptsOtherMachine !== true ? ofAnotherMachine(outcome) : outcome
}

/** What makes the load: if it differs, that one side could not make it is what was to be found. */
const ofGenerator = /(^|\.)(client|millrace|node|settings\.(workers|produce|consume)\b.*)$/

/** Names of metrics that any run has. */
export const metricNames = (documents: readonly SideDocument[]): string[] => [
  ...new Set(documents.flatMap(each => Object.keys(evidenceOf(each).numbers))),
]

function ofAnotherMachine(outcome: GateOutcome): GateOutcome {
  const [first] = outcome.settingsThatDiffer.filter(({ setting }) => /(^|\.)host\./.test(setting))
  const message = `the sides ran on different machines (${first!.setting}: ${first!.base}, ${first!.candidate}): their numbers do not compare`
  return {
    ...outcome,
    verdict: 'invalid',
    reasons: [{ code: 'OTHER_MACHINE', message }, ...outcome.reasons],
    toDecide: 'both sides on one machine, in turns (millrace gate run); or --accept other-machine',
  }
}

function factsOf(side: SideDocument | undefined): Record<string, string> {
  if (side === undefined) return {}
  const { document } = side
  if (isTest(document)) return document.script === undefined ? {} : { script: document.script }
  const { client, millrace } = aboutOf(document)
  const { cluster } = document.environment
  return { client: String(client), millrace: String(millrace), kafka: cluster.version }
}
