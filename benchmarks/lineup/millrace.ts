// millrace as its users run it: the command line, and its own result file.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Result, resultModel } from '../../loadgen/result.ts'
import { type Contestant, neverMissing, type Reading, type Task } from '../contestant.ts'
import { batchBytes, inFlightMax, lingerMs, partitionFetchBytes } from '../settings.ts'
import type { ProduceTerms } from './terms.ts'

const main = 'cli/main.ts'
const resultPath = (task: Task) => join(task.dir, 'result.json')

const shared = {
  shownAs: 'millrace',
  hiddenArguments: 1,
  guessPerSec: 1_000_000,
  missing: neverMissing,
}

export function millraceProducer(
  { recordBytes, acks, idempotent }: ProduceTerms,
  workers: number,
  id = 'millrace',
): Contestant {
  return {
    ...shared,
    id,
    label: `millrace, ${workersText(workers)}`,
    payload:
      'random bytes laid out once for each slot of the buffer and used again with it; every record has its own sequence number, time and 8 bytes of noise',
    notes: [],
    commandLine: task => ({
      command: process.execPath,
      args: [
        ...[main, 'bench', 'produce', '--bootstrap', task.bootstrap, '--topic', task.topic],
        ...['--workers', String(workers), '--record-size', String(recordBytes), '--acks', acks],
        ...(idempotent ? ['--idempotent'] : []),
        ...['--batch-bytes', String(batchBytes), '--linger-ms', String(lingerMs), '--in-flight', String(inFlightMax)],
        ...['--warmup', `${task.warmupSeconds}s`, '--duration', `${task.seconds}s`, '--out', resultPath(task)],
      ],
    }),
    read: (_, task) => readResult(readFileSync(resultPath(task), 'utf8'), 'produce'),
  }
}

/** `accounted`: every record's stamp is read too, and what was lost, doubled or reordered is counted; the default of bench. */
export function millraceConsumer(decode: 'records' | 'headers' | 'accounted', workers: number): Contestant {
  const what = whatIsRead[decode]
  return {
    ...shared,
    id: decode === 'records' ? 'millrace' : `millrace-${decode}`,
    label: `millrace --decode ${decode === 'headers' ? 'headers' : 'records'}${decode === 'records' ? ' --no-stamps' : ''}, ${workersText(workers)}`,
    payload: '',
    notes: [`${what}; CRC checked; no group`],
    guessPerSec: 4_000_000,
    commandLine: task => ({
      command: process.execPath,
      args: [
        ...[main, 'bench', 'consume', '--bootstrap', task.bootstrap, '--topic', task.topic, '--from', 'earliest'],
        ...[
          '--workers',
          String(workers),
          '--decode',
          decode === 'headers' ? 'headers' : 'records',
          '--partition-max-bytes',
          String(partitionFetchBytes),
        ],
        ...(decode === 'records' ? ['--no-stamps'] : []),
        ...['--records', String(task.records), '--out', resultPath(task)],
      ],
    }),
    read: (_, task) => readResult(readFileSync(resultPath(task), 'utf8'), 'consume'),
  }
}

const whatIsRead = {
  records: 'every record decoded, stamps left alone',
  accounted: 'every record decoded and accounted for by its stamp',
  headers: 'batch headers only',
} as const

const workersText = (workers: number): string => (workers === 1 ? '1 worker' : `${workers} workers`)

export function readResult(text: string, direction: 'produce' | 'consume'): Reading {
  const result = resultModel.parse(JSON.parse(text))
  if (result.verdict !== 'ok') {
    throw new Error(`verdict ${result.verdict}: ${result.reasons.map(({ message }) => message).join('; ')}`)
  }
  const numbers = result[direction]
  if (numbers === undefined) throw new Error(`no ${direction} part in its result`)
  return {
    records: numbers.records,
    seconds: result.measuredSeconds,
    recordsPerSec: numbers.recordsPerSec,
    totalRecords: numbers.totalRecords,
    ...(result.cpuUsPerRecord === null ? {} : { ownCpuUsPerRecord: result.cpuUsPerRecord }),
    perSecond: perSecondOf(result, direction),
  }
}

/** Of full seconds only: the last window is usually a piece of one. */
function perSecondOf(result: Result, direction: 'produce' | 'consume') {
  const windows = result.windows.filter(({ warmup, seconds }) => !warmup && seconds > 0.9)
  return {
    records: windows.map(({ produced = 0, consumed = 0, seconds }) => {
      return Math.round((direction === 'produce' ? produced : consumed) / seconds)
    }),
    rssBytes: windows.map(({ rssBytes }) => rssBytes),
  }
}
