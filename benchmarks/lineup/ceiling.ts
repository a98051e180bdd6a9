// The broker's ceiling: prepared requests, sent again and again. No generator can be faster on this machine, because
// this one does no work for a record.
import { type Contestant, neverMissing } from '../contestant.ts'
import { batchBytes, inFlightMax, partitions, requestBytes } from '../settings.ts'
import { readReport } from './read.ts'
import type { ProduceTerms } from './terms.ts'

export function ceiling({ recordBytes, acks }: ProduceTerms, connections: number, id = 'ceiling'): Contestant {
  return {
    id,
    label: `ceiling, ${connections} ${connections === 1 ? 'socket' : 'sockets'} (prepared requests)`,
    shownAs: 'node',
    hiddenArguments: 0,
    payload: 'requests prepared before the clock starts: the same bytes again and again',
    notes: [
      `not a load generator: what the broker takes from ${connections} bare ${connections === 1 ? 'socket' : 'sockets'}`,
    ],
    guessPerSec: 1_500_000,
    missing: neverMissing,
    commandLine: task => ({
      command: process.execPath,
      args: [
        ...['benchmarks/ceiling.ts', '--bootstrap', task.bootstrap, '--topic', task.topic],
        ...['--partitions', String(partitions), '--seconds', String(task.seconds)],
        ...['--warmup', String(task.warmupSeconds), '--record-size', String(recordBytes), '--acks', acks],
        ...['--batch-bytes', String(batchBytes), '--request-bytes', String(requestBytes)],
        ...['--in-flight', String(inFlightMax)],
        ...['--connections', String(connections)],
      ],
    }),
    read: ({ stdout }) => readReport(stdout),
  }
}
