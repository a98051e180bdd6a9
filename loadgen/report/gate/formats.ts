// Every form in which a gate's outcome leaves, by name.
import type { Parsed } from '../../../core/units.ts'
import type { GateOutcome } from '../../verdict/gate/model.ts'
import { parseReports } from '../targets.ts'
import { gateAnnotations, gateJunit } from './ci.ts'
import { gateMarkdown } from './markdown.ts'
import { gatePage } from './page.ts'
import { gateText } from './text.ts'

const makers = {
  text: gateText,
  json: (gate: GateOutcome) => `${JSON.stringify(gate, undefined, 2)}\n`,
  html: gatePage,
  markdown: gateMarkdown,
  junit: gateJunit,
  github: gateAnnotations,
} as const satisfies Readonly<Record<string, (gate: GateOutcome) => string>>

export type GateFormat = keyof typeof makers
export const gateFormats = Object.keys(makers) as GateFormat[]

export interface GateTarget {
  readonly format: GateFormat
  /** `-`: standard output. */
  readonly path: string
}

export const gateReport = (format: GateFormat, gate: GateOutcome): string => makers[format](gate)

export function parseGateReports(text: string): Parsed<readonly GateTarget[]> {
  const parsed = parseReports(text)
  if ('problem' in parsed) return parsed
  const other = parsed.value.find(({ format }) => !(gateFormats as readonly string[]).includes(format))
  if (other !== undefined) return { problem: `${other.format} is not one of ${gateFormats.join(', ')} here` }
  return { value: parsed.value as readonly GateTarget[] }
}
