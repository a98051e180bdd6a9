// How --catch-up is written: `pause:10s`, or `seek:` to the earliest offset, to a time ago (`seek:-5m`) or by a number of records
// (`seek:1000000`).
import { type Parsed, parseDuration, parseWhole } from '../../core/units.ts'
import type { CatchUpPlan } from '../plan.ts'

export type CatchUpChoice = CatchUpPlan extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'afterMs'>
    : never
  : never

const forms = 'pause:10s, seek:earliest, seek:-5m (what was written in the last 5 minutes) or seek:1000000 (records)'
const dayMs = 86_400_000

export function parseCatchUp(text: string): Parsed<CatchUpChoice> {
  const asked = text.trim()
  const [, kind, rest = ''] = /^(pause|seek):(.+)$/.exec(asked) ?? []
  if (kind === 'pause') {
    const pause = parseDuration(rest)
    if ('problem' in pause) return { problem: `"${asked}": ${pause.problem}` }
    if (pause.value < 100 || pause.value > dayMs) return { problem: `"${asked}" must pause for 100ms to 1d` }
    return { value: { kind, asked, pauseMs: pause.value } }
  }
  if (kind !== 'seek') return { problem: `"${asked}" is not one of ${forms}` }
  if (rest === 'earliest') return { value: { kind, asked, to: { kind: 'earliest' } } }
  if (rest.startsWith('-')) {
    const back = parseDuration(rest.slice(1))
    if ('problem' in back || back.value <= 0) return { problem: `"${asked}" is not one of ${forms}` }
    return { value: { kind, asked, to: { kind: 'time', backMs: back.value } } }
  }
  const records = parseWhole(1)(rest)
  if ('problem' in records) return { problem: `"${asked}" is not one of ${forms}` }
  return { value: { kind, asked, to: { kind: 'records', records: records.value } } }
}
