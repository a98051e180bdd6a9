// The result for a page of a job (GitHub's $GITHUB_STEP_SUMMARY) or a comment on a change: what decides comes first, the rest is
// folded away. Far below the 65,536 characters of a comment, whatever the run was like.
import type { LatencySummary, Result } from '../result.ts'
import { unitValueText } from '../verdict/thresholds/text.ts'
import { compared, differenceText, type LabelledResult, verdictsText } from './comparison.ts'
import { countsText, countText, fixedText, msText, plural } from './format.ts'
import { transactionNotes } from './transaction-text.ts'

/** Settings beyond this are cut: the JSON result has them all. */
const settingsLengthMax = 8_000

export function markdownReport(results: readonly LabelledResult[]): string {
  const parts =
    results.length > 1
      ? [comparison(results), ...results.map(run => runText(run, true))]
      : results.map(run => runText(run, false))
  return `${parts.join('\n\n')}\n`
}

function comparison(results: readonly LabelledResult[]): string {
  const rows = compared(results).map(({ name, values, text }) => [
    name,
    ...values.map((value, index) => {
      if (value === undefined) return ''
      const difference = index === 0 ? '' : differenceText(value, values[0])
      return difference === '' ? text(value) : `${text(value)} (${difference})`
    }),
  ])
  const verdicts = ['verdict', ...results.map(({ result }) => verdictsText(result))]
  return `## Runs beside each other\n\n${table(['', ...results.map(({ label }) => label)], [...rows, verdicts])}`
}

/** In front of the title. */
export const marks: Readonly<Record<Result['verdict'], string>> = { ok: '✅', interrupted: '⚠️', failed: '❌' }

function runText({ label, result }: LabelledResult, isOneOfMany: boolean): string {
  const { mode, verdict, validity, environment, measuredSeconds } = result
  const { topic, cluster } = environment
  const mark = marks[verdict]
  const name = isOneOfMany ? `${label}: ` : ''
  const about = [
    `**${verdict}**`,
    validity === undefined ? '' : `numbers ${validity.verdict === 'valid' ? 'valid' : `**${validity.verdict}**`}`,
    `topic \`${topic.name}\` (${plural(topic.partitions, 'partition')})`,
    `Kafka ${cluster.version}, ${plural(cluster.brokers.length, 'broker')}`,
    `${fixedText(measuredSeconds, 1)} s measured`,
  ].filter(part => part !== '')
  const parts = [
    `## ${mark} ${name}millrace bench ${mode}`,
    about.join(' · '),
    reasonsText(result),
    headline(result),
    transactionNotes(result).join(' · '),
    thresholdsText(result),
    latencyText(result),
    settingsText(result),
  ]
  return parts.filter(part => part !== '').join('\n\n')
}

type Judged = Pick<Result, 'reasons'> & { readonly validity?: Result['validity'] }

export const reasonsText = ({ reasons, validity }: Judged): string =>
  [...reasons, ...(validity?.reasons ?? [])]
    .map(({ code, message }) => `- \`${code}\` ${escaped(message).replaceAll('<', '&lt;')}`)
    .join('\n')

function headline({ produce, consume, delivery, cpuUsPerRecord }: Result): string {
  const rows: string[][] = []
  for (const [what, part] of [
    ['acknowledged', produce],
    ['consumed', consume],
  ] as const) {
    if (part === undefined) continue
    const { recordsPerSec, mbPerSec, latency, errors, errorsByCode, retries } = part
    const errorText = errors === 0 ? '0' : `${countText(errors)} (${countsText(errorsByCode)})`
    rows.push([
      what,
      countText(recordsPerSec),
      fixedText(mbPerSec, 2),
      ...(['p50Ms', 'p99Ms', 'p999Ms', 'maxMs'] as const).map(key =>
        latency === undefined ? '' : msText(latency[key]),
      ),
      errorText,
      countText(retries),
    ])
  }
  const notes = [
    delivery === undefined
      ? ''
      : delivery.confirmed
        ? 'delivery confirmed by the brokers'
        : '**delivery NOT confirmed by the brokers**',
    cpuUsPerRecord === null ? '' : `${fixedText(cpuUsPerRecord, 2)} µs of CPU per message`,
  ].filter(note => note !== '')
  const heads = ['', 'msg/s', 'MB/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'max ms', 'errors', 'retries']
  return [table(heads, rows), notes.join(' · ')].filter(part => part !== '').join('\n\n')
}

export function thresholdsText({ thresholds = [] }: Pick<Result, 'thresholds'>): string {
  if (thresholds.length === 0) return ''
  const rows = thresholds.map(({ ok, metric, expression, method, value, unit, samples }) => [
    ok ? '✅' : '❌',
    `\`${metric}\``,
    `\`${expression}\``,
    samples === 0 ? 'no samples' : `${method} = ${unitValueText(value, unit)}`,
  ])
  return table(['', 'threshold', 'must hold', 'was'], rows)
}

const percentiles = ['p50Ms', 'p90Ms', 'p95Ms', 'p99Ms', 'p999Ms', 'p9999Ms', 'maxMs', 'meanMs'] as const

export function latencyText({ produce, consume }: Result): string {
  const all: (readonly [string, LatencySummary | undefined])[] = [
    ['response', produce?.latency],
    ['of which before sending', produce?.lateness],
    ['of which brokers and network', produce?.serviceLatency],
    ['end to end', consume?.latency],
    ['commit of a transaction', produce?.transactions?.commitLatency],
  ]
  const rows = all.flatMap(([name, latency]) =>
    latency === undefined ? [] : [[name, ...percentiles.map(key => msText(latency[key]))]],
  )
  if (rows.length === 0) return ''
  return details('Latency, ms', table(['', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'p99.99', 'max', 'mean'], rows))
}

export function settingsText({ settings, environment }: Result): string {
  const text = JSON.stringify({ settings, environment }, undefined, 2)
  const cut = text.length > settingsLengthMax ? `${text.slice(0, settingsLengthMax)}\n…` : text
  return details('Settings and environment', `\`\`\`json\n${cut}\n\`\`\``)
}

/** Markdown inside of the element needs an empty line around it. */
export const details = (title: string, body: string): string =>
  `<details><summary>${title}</summary>\n\n${body}\n\n</details>`

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`
  return [
    line(heads),
    `| ${heads.map((_, column) => (column === 0 ? '---' : '---:')).join(' | ')} |`,
    ...rows.map(line),
  ].join('\n')
}

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
