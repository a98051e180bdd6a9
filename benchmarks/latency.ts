// `npm run bench:latency -- [stall | periodic | slow | java] [--record]`: known stalls, and whether the percentiles that are reported
// are the ones that can be worked out, to within 2 %. About a minute each; ends with 1 when a percentile is off.
import { parseArgs } from 'node:util'
import { tell } from './bars/data.ts'
import { type CaseResult, runSlowCase, runStallCase, shareMax, stallCases } from './latency/cases.ts'
import { javaOfStall } from './latency/java.ts'

const percent = (value: number) => `${(value * 100).toFixed(1)} %`
const ms = (value: number) => value.toFixed(2)

const { values, positionals } = parseArgs({ allowPositionals: true, options: { record: { type: 'boolean' } } })
const isRecorded = values.record ?? false

function tellCase(name: string, { title, rows, offered, counted, notes }: CaseResult): void {
  const isRight = rows.every(({ off }) => Math.abs(off) <= shareMax) && counted === offered
  const found = {
    id: `latency-${name}`,
    command: `npm run bench:latency -- ${name}`,
    goal: `Embedded broker, 100,000 records/s, ${title}: every percentile of the response within 2 % of what can be worked out, and every record in them.`,
    passed: isRight,
    heads: ['percentile', 'reported, ms', 'worked out, ms', 'off', 'decided by', 'service time alone, ms'],
    rows: rows.map(row => [
      ...[row.percentile, ms(row.reportedMs), ms(row.expectedMs), percent(row.off)],
      ...[row.isOfStall ? 'the stall' : 'the seconds without one', ms(row.serviceMs)],
    ]),
    notes: [`${counted} of ${offered} records are in the percentiles.`, ...notes],
  }
  tell(found, isRecorded)
}

async function tellJava(): Promise<void> {
  const line = await javaOfStall(60, 2)
  const figures =
    /([\d.]+) ms avg latency, ([\d.]+) ms max latency, (\d+) ms 50th, (\d+) ms 95th, (\d+) ms 99th, (\d+) ms 99.9th/
  const found = {
    id: 'latency-java',
    command: 'npm run bench:latency -- java',
    goal: 'What kafka-producer-perf-test (Kafka 4.3.1) reports of one stall of 2 s in 60 s at 100,000 records/s, measured.',
    passed: null,
    heads: ['mean, ms', 'max, ms', 'p50, ms', 'p95, ms', 'p99, ms', 'p99.9, ms'],
    rows: [figures.exec(line)?.slice(1) ?? [line]],
    notes: [`\`${line}\``],
  }
  tell(found, isRecorded)
}

for (const name of positionals.length === 0 ? ['stall', 'periodic', 'slow', 'java'] : positionals) {
  const stallCase = stallCases[name]
  if (name === 'java') await tellJava()
  else if (name === 'slow') tellCase(name, await runSlowCase())
  else if (stallCase === undefined) throw new Error(`no such case: ${name}`)
  else tellCase(name, await runStallCase(stallCase))
}
