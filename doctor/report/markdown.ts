// The report as Markdown, for pull requests and job summaries.
import type { DoctorReport } from '../examine.ts'
import { grouped } from './grouped.ts'
import { shownText, summaryText } from './text.ts'

export function doctorMarkdown(report: DoctorReport): string {
  const blocks = grouped(report.findings).map(({ severity, check, title, risk, hits }) => {
    const rows = hits.map(({ subject, evidence }) => `| ${cell(subject)} | ${cell(evidence)} |`)
    const fixes = hits.map(({ fix }) => fix)
    return [
      `### ${severity}: ${title}`,
      `\`${check}\` ${risk}`,
      ['| where | evidence |', '| --- | --- |', ...rows].join('\n'),
      ['```sh', ...new Set(fixes), '```'].join('\n'),
    ].join('\n\n')
  })
  return `${['## millrace doctor', summaryText(report), ...blocks].join('\n\n')}\n`
}

const cell = (text: string): string => shownText(text).replaceAll(/[|\\`<>*_]/g, sign => `\\${sign}`)
