// The report on a terminal.
import type { DoctorReport } from '../examine.ts'
import { grouped } from './grouped.ts'

/** Of one check; JSON has all. */
const hitsShownMax = 10
const widthMax = 110

export function doctorText(report: DoctorReport): string {
  const blocks = grouped(report.findings).map(({ severity, check, title, risk, hits }) => {
    const shown = hits
      .slice(0, hitsShownMax)
      .flatMap(({ subject, evidence, fix }) => [
        `    ${shownText(subject)}: ${shownText(evidence)}`,
        `      fix: ${fix}`,
      ])
    const rest =
      hits.length > hitsShownMax ? [`    and ${hits.length - hitsShownMax} more (--report json has all)`] : []
    return [`${severity.toUpperCase()}  ${title}  [${check}]`, ...wrapped(risk, '  '), ...shown, ...rest].join('\n')
  })
  return `${[...blocks, summaryText(report)].join('\n\n')}\n`
}

export function summaryText({ counts, examined, clusterId, ignored }: DoctorReport): string {
  const what = [
    ...(examined.brokers > 0
      ? [
          counted(examined.brokers, 'broker'),
          counted(examined.topics, 'topic'),
          counted(examined.partitions, 'partition'),
          counted(examined.groups, 'group'),
        ]
      : []),
    ...(examined.files.length > 0 ? [counted(examined.files.length, 'file')] : []),
  ].join(', ')
  const total = counts.critical + counts.warning + counts.notice
  const verdict =
    total === 0
      ? 'nothing found'
      : `${counted(total, 'finding')}: ${counts.critical} critical, ${counted(counts.warning, 'warning')}, ${counted(counts.notice, 'notice')}`
  const accepted = ignored === 0 ? '' : `; ${ignored} ignored`
  const where = clusterId === null ? '' : `cluster ${clusterId}: `
  return `${where}${verdict}${accepted} (${examined.checks} checks on ${what})`
}

export const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`

/** Names of topics are anybody's text: what draws on a terminal is made harmless. */
export const shownText = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, sign => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)

function wrapped(text: string, indent: string): string[] {
  const lines: string[] = []
  let line = indent
  for (const word of text.split(' ')) {
    if (line.length + word.length > widthMax && line !== indent) {
      lines.push(line.trimEnd())
      line = indent
    }
    line += `${word} `
  }
  return [...lines, line.trimEnd()]
}
