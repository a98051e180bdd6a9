// `millrace gate compare`: results that exist, as two sides.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type ConfigProblem, configError } from '../../core/errors.ts'
import { checkWritable } from '../../loadgen/report/json.ts'
import { addTableFlags, flag, parseText, readTableFlags, wordsAndFlags } from '../flag-table.ts'
import type { Io } from '../program.ts'
import { deliverGate } from './outcome.ts'
import { parseOneOf, sharedGate, sharedGateFlags, unknownMetrics } from './shared-flags.ts'

const evidence = 'Evidence:'
const compareFlags = {
  design: flag(
    evidence,
    'auto|paired|unpaired',
    'paired: the n-th run here with the n-th there; auto: when they were made in turns (default: auto)',
    parseOneOf('auto', 'paired', 'unpaired'),
  ),
  'base-label': flag(evidence, 'text', 'what the first side is called (default: its folder or file)', parseText),
  'candidate-label': flag(evidence, 'text', 'what the second side is called', parseText),
  ...sharedGateFlags,
} as const

const epilogue = `
  millrace gate compare base/*.json candidate/*.json
  millrace gate compare base.json candidate.json     sets of runs (millrace bench --repeat 10 --out base.json)
  millrace gate compare base candidate               folders

Each file is a result of millrace bench or millrace run, or a set of them. One run is one piece of evidence: with five gated metrics
a difference can be found from 8 pairs on, and 10 are the least that is worth while. docs/gate.md says what the verdicts mean.

Exit codes: 0 pass or improvement, 12 invalid, 14 inconclusive, 99 regression, 104 files or flags not valid.
`

export function defineGateCompare(command: Command, io: Io, done: (exitCode: number) => void): void {
  const given = addTableFlags(command, compareFlags)
  command.usage('BASE... CANDIDATE... [flags]').addHelpText('after', epilogue)
  command.action(async () => {
    const { words, flags } = wordsAndFlags(command.args)
    const { values, problems } = readTableFlags(compareFlags, given, flags)
    done(await compare(words, values, problems, io))
  })
}

async function compare(
  words: readonly string[],
  values: Readonly<Record<string, unknown>>,
  found: readonly ConfigProblem[],
  io: Io,
): Promise<number> {
  const { pairedUp, readSides, splitSides } = await import('../../loadgen/verdict/gate/read.ts')
  const sides = splitSides(words)
  const problems = [...found, ...('problem' in sides ? [{ path: 'FILE', message: sides.problem }] : [])]
  const read = 'problem' in sides ? { documents: [], problems: [] } : readSides(sides, files)
  problems.push(...read.problems)
  if (problems.length > 0 || 'problem' in sides) throw configError(problems)

  const shared = sharedGate(values)
  for (const path of [shared.out, ...shared.reports.map(report => report.path)]) {
    if (path !== undefined && path !== '-') await checkWritable(path)
  }
  const { design, documents } = pairedUp(read.documents, (values.design as 'auto' | 'paired' | 'unpaired') ?? 'auto')
  const { compareDocuments, metricNames } = await import('../../loadgen/verdict/gate/compare.ts')
  const slips = unknownMetrics(shared, metricNames(documents))
  if (slips.length > 0) throw configError(slips)
  const gate = compareDocuments(documents, {
    ...shared,
    design,
    acceptsDisturbed: shared.accepts.has('disturbed'),
    acceptsOtherMachine: shared.accepts.has('other-machine'),
    baseLabel: (values['base-label'] as string | undefined) ?? labelOf(sides.base),
    candidateLabel: (values['candidate-label'] as string | undefined) ?? labelOf(sides.candidate),
  })
  return await deliverGate(gate, shared, io)
}

/** The folder of several files, the name of one. */
function labelOf(paths: readonly string[]): string {
  const [first = ''] = paths
  const parts = first.replace(/\/$/, '').split('/')
  return (paths.length > 1 ? parts.at(-2) : parts.at(-1)?.replace(/\.(json|html?)$/, '')) ?? first
}

const files = {
  read: (path: string) => readFileSync(path, 'utf8'),
  list(path: string) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return undefined
    const names = readdirSync(path).filter(name => name.endsWith('.json'))
    return names.sort().map(name => join(path, name))
  },
}
