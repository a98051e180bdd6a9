// Which report goes where, as users write it. What makes the reports is formats.ts, loaded when there is something to report.
import type { Parsed } from '../../core/units.ts'

/** File names that mean a format by themselves. */
const extensionsOf = {
  text: ['.txt'],
  json: ['.json'],
  html: ['.html', '.htm'],
  markdown: ['.md'],
  junit: ['.xml'],
  github: [],
  csv: ['.csv'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type FormatName = keyof typeof extensionsOf
export const formatNames = Object.keys(extensionsOf) as FormatName[]

/** What there is of any test of `millrace run`, also of one that is all script and has no windows. */
export const formatsOfAnyTest: readonly FormatName[] = ['text', 'json', 'html', 'markdown', 'junit', 'github']

/** Where a report goes; `-`: to standard output. */
export interface ReportTarget {
  readonly format: FormatName
  readonly path: string
}

/** `html=out.html,markdown=-`, or file names that say it themselves: `out.html,out.md`. */
export function parseReports(text: string): Parsed<readonly ReportTarget[]> {
  const targets: ReportTarget[] = []
  for (const part of text.split(',').map(each => each.trim())) {
    const target = parseReport(part)
    if ('problem' in target) return target
    targets.push(target.value)
  }
  return { value: targets }
}

function parseReport(text: string): Parsed<ReportTarget> {
  const [, name = '', path = ''] = /^([a-z]+)(?:=(.*))?$/.exec(text) ?? []
  const format = formatNames.find(candidate => candidate === name)
  if (format !== undefined) return { value: { format, path: path === '' ? '-' : path } }
  const byName = formatNames.find(candidate => extensionsOf[candidate].some(extension => text.endsWith(extension)))
  if (byName !== undefined && text !== '') return { value: { format: byName, path: text } }
  return {
    problem: `"${text}" is not FORMAT=FILE with a format of ${formatNames.join(', ')}, nor a file whose name says it`,
  }
}
