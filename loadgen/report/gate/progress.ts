// A line for each run of a gate, while they are made.
import { type EvidenceRun, evidenceOf, type SideDocument } from '../../verdict/gate/evidence.ts'
import { traitsOf } from '../../verdict/gate/metrics.ts'
import { valueText } from './words.ts'

const shownMax = 4

/** "pair  3 of 10  candidate  produce_rate 812,330  response_p99 12.40  ok" */
export function gateProgress(made: SideDocument | EvidenceRun, pairs: number): string {
  const { side, pair, numbers, state, why } = 'document' in made ? evidenceOf(made) : made
  const shown = Object.entries(numbers)
    .filter(([name]) => traitsOf(name).isGated)
    .slice(0, shownMax)
    .map(([name, value]) => `${name} ${valueText(value, traitsOf(name).unit)}`)
  return [
    `pair ${String(pair).padStart(String(pairs).length)} of ${pairs}`,
    side.padEnd('candidate'.length),
    ...shown,
    why === undefined || state === 'ok' ? state : `${state}: ${why}`,
  ].join('  ')
}
