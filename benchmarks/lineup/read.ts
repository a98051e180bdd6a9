// What contestants print, as numbers. Each reader throws when the line that it needs is not there.

import type { Reading } from '../contestant.ts'
import type { ContestantReport } from '../contestants/payload.ts'

const numberAt = (text: string | undefined): number => Number(text)

function found(pattern: RegExp, text: string, what: string): RegExpMatchArray {
  // The last one counts: the same words may stand in a progress line before.
  const match = [...text.matchAll(pattern)].at(-1)
  if (match === undefined) throw new Error(`no ${what} in its output`)
  return match
}

/**
 * kafka-producer-perf-test prints a total and, with --warmup-records, a line for the steady state after it, which leaves
 * the JVM's warm-up out: that one is quoted.
 */
export function readProducerPerfTest(stdout: string): Reading {
  const total = found(/^(\d+) records sent, ([\d.]+) records\/sec/gm, stdout, 'total')
  const steady = found(/^(\d+) steady state records sent, ([\d.]+) records\/sec/gm, stdout, 'steady state line')
  const records = numberAt(steady[1])
  const recordsPerSec = numberAt(steady[2])
  return { records, recordsPerSec, seconds: records / recordsPerSec, totalRecords: numberAt(total[1]) }
}

/** The row of kafka-consumer-perf-test; its fetch.* columns leave the group's join out. */
export function readConsumerPerfTest(stdout: string): Reading {
  const row = stdout
    .split('\n')
    .map(line => line.split(', '))
    .findLast(fields => fields.length === 10 && /^\d{4}-/.test(fields[0]!))
  if (row === undefined) throw new Error('no result row in its output')
  const records = numberAt(row[4])
  return { records, seconds: numberAt(row[7]) / 1000, recordsPerSec: numberAt(row[9]), totalRecords: records }
}

export function readRdkafkaProducer(stdout: string): Reading {
  const pattern = /messages produced .*?, (\d+) delivered \(.*?, (\d+) failed\) in (\d+)ms/g
  const [, delivered, failed, ms] = found(pattern, stdout, 'summary')
  if (failed !== '0') throw new Error(`${failed} messages failed`)
  return perSecondOf(numberAt(delivered), numberAt(ms) / 1000)
}

/** Its clock starts at the first record. */
export function readRdkafkaConsumer(stdout: string): Reading {
  const [, messages, ms] = found(/(\d+) messages \(\d+ bytes\) consumed in (\d+)ms/g, stdout, 'summary')
  return perSecondOf(numberAt(messages), numberAt(ms) / 1000)
}

const perSecondOf = (records: number, seconds: number): Reading => ({
  records,
  seconds,
  recordsPerSec: records / seconds,
  totalRecords: records,
})

/** The one line of JSON of our own contestants. */
export function readReport(stdout: string): Reading {
  const line = stdout
    .trimEnd()
    .split('\n')
    .findLast(each => each.startsWith('{'))
  if (line === undefined) throw new Error('no report in its output')
  const { records, seconds, totalRecords, errors } = JSON.parse(line) as ContestantReport
  if (errors > 0) throw new Error(`${errors} sends failed`)
  return { records, seconds, recordsPerSec: records / seconds, totalRecords }
}
