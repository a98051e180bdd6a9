// Which runs are evidence. A pair counts when both of its runs do.
import type { EvidenceRun } from './evidence.ts'
import type { GateRun } from './model.ts'

export interface Choice {
  /** The sides differ in what makes the load (client, version, script): that one of them could not is then the finding, not an excuse. */
  readonly generatorDiffers?: boolean
  /** Runs of a machine that is never left alone count like any other (--accept disturbed). */
  readonly acceptsDisturbed?: boolean
}

export interface Evidence {
  readonly made: number
  readonly usable: number
  /** Of the usable ones: not left alone. */
  readonly disturbed: number
  readonly lost: readonly GateRun[]
}

/** Undisturbed pairs alone, where there are enough for a finding; otherwise disturbed ones as well, which can only let pass. */
export function usableRuns(
  runs: readonly EvidenceRun[],
  design: 'paired' | 'unpaired',
  { generatorDiffers = false, acceptsDisturbed = false }: Choice,
): GateRun[] {
  const isWhole = ({ state }: EvidenceRun) =>
    state === 'ok' || state === 'disturbed' || (state === 'limited' && generatorDiffers)
  const isCalm = (run: EvidenceRun) => isWhole(run) && (acceptsDisturbed || run.state !== 'disturbed')
  const calm = counted(runs, design, isCalm)
  const whole = counted(runs, design, isWhole)
  const fewest = Math.min(...(['base', 'candidate'] as const).map(side => onSide(calm, side)))
  const chosen = fewest >= calmMin ? calm : whole
  return runs.map(run => ({ ...run, usable: chosen.has(run) }))
}

/** Fewer pairs than this have no interval of 95 %. */
const calmMin = 6

function counted(
  runs: readonly EvidenceRun[],
  design: 'paired' | 'unpaired',
  counts: (run: EvidenceRun) => boolean,
): Set<EvidenceRun> {
  const good = runs.filter(counts)
  if (design === 'unpaired') return new Set(good)
  return new Set(good.filter(run => good.some(other => other.pair === run.pair && other.side !== run.side)))
}

const onSide = (runs: ReadonlySet<EvidenceRun>, side: GateRun['side']): number =>
  [...runs].filter(run => run.side === side).length

export function evidenceFor(
  runs: readonly GateRun[],
  design: 'paired' | 'unpaired',
  { acceptsDisturbed = false }: Choice,
): Evidence {
  const usable = runs.filter(run => run.usable)
  const pairs = (list: readonly GateRun[]) => {
    const of = (side: GateRun['side']) => list.filter(run => run.side === side).length
    return design === 'paired' ? new Set(list.map(({ pair }) => pair)).size : Math.min(of('base'), of('candidate'))
  }
  return {
    made: pairs(runs),
    usable: pairs(usable),
    disturbed: acceptsDisturbed
      ? 0
      : new Set(usable.filter(({ state }) => state === 'disturbed').map(({ pair }) => pair)).size,
    lost: runs.filter(run => !run.usable),
  }
}
