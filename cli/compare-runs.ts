// The runs of a comparison, one after the other, each a process of its own.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exitCodes, MillraceError } from '../core/errors.ts'
import type { ComparedRuns } from '../loadgen/compare/summary.ts'
import type { ClientName } from '../loadgen/plan.ts'
import type { Result } from '../loadgen/result.ts'
import type { TestResult } from '../loadgen/test/result.ts'
import { runProcess } from './bench-process.ts'
import { onInterrupt } from './interrupt.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'

export interface Turns<Outcome extends Result | TestResult> {
  readonly order: readonly (readonly ClientName[])[]
  readonly quiet: boolean
  /** The words of a run through this client, but for where its result goes. */
  args(client: ClientName): readonly string[]
  parse(document: unknown): Outcome
}

export async function runInTurns<Outcome extends Result | TestResult>(turns: Turns<Outcome>, io: Io) {
  const { order, quiet, args, parse } = turns
  const dir = await mkdtemp(join(tmpdir(), 'millrace-compare-'))
  const interrupt = onInterrupt(io.events, { onFirst() {}, onSecond: () => io.exit(exitCodes.interrupted) })
  const runs: { client: ClientName; round: number; result: Outcome }[] = []
  try {
    for (const [index, clients] of order.entries()) {
      for (const client of clients) {
        const out = join(dir, `${index}-${client}.json`)
        const words = [...args(client), `--client=${client}`, `--out=${out}`, '--quiet', '--json']
        const result = await runProcess({ args: words, out, parse }, interrupt.signal)
        if (interrupt.signal.aborted) throw new MillraceError('INTERRUPTED', 'interrupted: nothing was compared')
        runs.push({ client, round: index + 1, result })
        const line = `round ${index + 1} of ${order.length}  ${client.padEnd(12)} ${ratesText(result)}  ${result.verdict}`
        if (!quiet) await print(io.stderr, `${line}\n`)
      }
    }
  } finally {
    interrupt.release()
    await rm(dir, { recursive: true, force: true })
  }
  return runs satisfies ComparedRuns['runs']
}

function ratesText(result: Result | TestResult): string {
  if (!('scenarios' in result)) return rateText(result)
  return result.scenarios
    .map(({ name, result: own }) => `${name} ${own === undefined ? '-' : rateText(own)}`)
    .join(', ')
}

function rateText({ mode, produce, consume }: Result): string {
  const rate = (mode === 'consume' ? consume : produce)?.recordsPerSec ?? 0
  return `${Math.round(rate).toLocaleString('en')} msg/s`
}
