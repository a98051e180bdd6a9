// What something costs a run: the same with it and without, in turns, two workers against the embedded broker in null mode, offered
// a million records a second and as fast as it goes.
import { type LatencyRun, runOnce } from './latency/runs.ts'
import { median } from './statistics.ts'

export const cases: Readonly<Record<string, { readonly what: string; readonly perSec?: number }>> = {
  million: { what: '1,000,000 records/s offered', perSec: 1_000_000 },
  flat: { what: 'flat out' },
}

/** Of one run. */
export interface Figures {
  readonly perSec: number
  readonly cpuUs: number
  readonly achieved: number
}

export async function figuresOf(run: LatencyRun): Promise<Figures> {
  const { result } = await runOnce(run)
  const { recordsPerSec, records, offered = records } = result.produce!
  return { perSec: recordsPerSec, cpuUs: result.cpuUsPerRecord ?? Number.NaN, achieved: records / offered }
}

export interface Pairs {
  readonly withIt: readonly Figures[]
  readonly without: readonly Figures[]
}

/** `onPair` hears both figures of each round. */
export async function inTurns(
  rounds: number,
  run: (isWithIt: boolean) => Promise<Figures>,
  onPair: (round: number, withIt: Figures, without: Figures) => void = () => {},
): Promise<Pairs> {
  const withIt: Figures[] = []
  const without: Figures[] = []
  for (let round = 0; round < rounds; round++) {
    // Turns that change sides, so that a machine that grows slower favours neither.
    for (const isWithIt of round % 2 === 0 ? [true, false] : [false, true]) {
      ;(isWithIt ? withIt : without).push(await run(isWithIt))
    }
    onPair(round, withIt[round]!, without[round]!)
  }
  return { withIt, without }
}

export const medianOf = (figures: readonly Figures[], key: keyof Figures): number =>
  median(figures.map(each => each[key])) ?? Number.NaN

export const costHeads = ['', 'records/s', 'of what was offered', 'CPU µs/record']

export const costRow = (label: string, figures: readonly Figures[]): string[] => [
  label,
  `${(medianOf(figures, 'perSec') / 1e6).toFixed(3)} M`,
  `${(medianOf(figures, 'achieved') * 100).toFixed(2)} %`,
  medianOf(figures, 'cpuUs').toFixed(3),
]

/** Those that were named, or all. */
export async function measureCases(names: readonly string[], measure: (name: string) => Promise<void>): Promise<void> {
  for (const name of names.length === 0 ? Object.keys(cases) : names) {
    if (cases[name] === undefined) throw new Error(`no such case: ${name}`)
    await measure(name)
  }
}
