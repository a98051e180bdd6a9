// How --churn is written: `leave:30s`, `kill:30s`, or with a number of members `leave:2/30s`.
import { type Parsed, parseDuration, parseWhole } from '../../core/units.ts'
import type { ChurnPlan } from '../plan.ts'

const everyMsMin = 1_000
const dayMs = 86_400_000

export function parseChurn(text: string): Parsed<ChurnPlan> {
  const wrong = { problem: `"${text.trim()}" is not leave:30s or kill:30s, or with a number of members leave:2/30s` }
  const [, how, countText = '1', everyText = ''] = /^(leave|kill):(?:(\d+)\/)?([^/]+)$/.exec(text.trim()) ?? []
  if (how !== 'leave' && how !== 'kill') return wrong
  const count = parseWhole(1, 1024)(countText)
  const every = parseDuration(everyText)
  if ('problem' in count) return wrong
  if ('problem' in every) return { problem: `"${text.trim()}": ${every.problem}` }
  if (every.value < everyMsMin || every.value > dayMs) return { problem: `"${text.trim()}" must be every 1s to 1d` }
  return { value: { how, count: count.value, everyMs: every.value } }
}
