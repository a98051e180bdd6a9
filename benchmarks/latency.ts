// `npm run bench:latency -- [stall | periodic | slow | java]`: known stalls, and whether the percentiles that are reported are
// the ones that can be worked out. Prints a table for docs/latency.md; ends with 1 when a percentile is off.
import { type CaseResult, runSlowCase, runStallCase, stallCases } from './latency/cases.ts'
import { javaOfStall } from './latency/java.ts'

const percent = (value: number) => `${(value * 100).toFixed(1)} %`
const ms = (value: number) => value.toFixed(2)

function table({ title, rows, offered, counted }: CaseResult): string {
  return [
    `\n${title}: ${counted} of ${offered} records in the percentiles\n`,
    '| percentile | reported, ms | expected, ms | off | allowed | decided by | service time alone, ms |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(row =>
      [
        ...['', row.percentile, ms(row.reportedMs), ms(row.expectedMs), percent(row.off), percent(row.allowed)],
        ...[row.isOfStall ? 'the stall' : 'the baseline', ms(row.serviceMs), ''],
      ]
        .join(' | ')
        .trim(),
    ),
  ].join('\n')
}

async function main(names: readonly string[]): Promise<void> {
  const wanted = names.length === 0 ? ['stall', 'periodic', 'slow', 'java'] : names
  for (const name of wanted) {
    if (name === 'java') {
      console.log(`\nkafka-producer-perf-test, one stall of 2 s in 60 s:\n\n${await javaOfStall(60, 2)}`)
      continue
    }
    const stallCase = stallCases[name]
    if (stallCase === undefined && name !== 'slow') throw new Error(`no such case: ${name}`)
    const result = stallCase === undefined ? await runSlowCase() : await runStallCase(stallCase)
    console.log(table(result))
    const isOff = result.rows.some(({ off, allowed }) => Math.abs(off) > allowed)
    if (isOff || result.counted !== result.offered) process.exitCode = 1
  }
}

await main(process.argv.slice(2))
