// Bars of the project that are shown by a benchmark and not by a test: what each found, when and where. One file a day in
// benchmarks/results, written with --record; BARS.md is made from the newest.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { packageVersion } from '../../core/version.ts'
import { commitText } from '../console.ts'
import { formatted, newestDataPath, resultsDir } from '../files.ts'
import { describeMachine } from '../machine.ts'

const bar = z.object({
  id: z.string(),
  command: z.string(),
  /** What is to be shown. */
  goal: z.string(),
  /** Null: measured for comparison, and no bar. */
  passed: z.boolean().nullable(),
  at: z.string(),
  commit: z.string(),
  heads: z.array(z.string()),
  rows: z.array(z.array(z.string())),
  notes: z.array(z.string()),
})

const barsModel = z.object({
  date: z.string(),
  machine: z.object({ cpuModel: z.string(), cpus: z.number(), memoryBytes: z.number(), os: z.string() }),
  node: z.string(),
  millrace: z.string(),
  bars: z.array(bar),
})

export type Bar = z.infer<typeof bar>
export type BarsData = z.infer<typeof barsModel>

const prefix = 'bars-'

export const newestBars = (): BarsData | undefined => {
  const path = newestDataPath(prefix)
  return path === undefined ? undefined : barsModel.parse(JSON.parse(readFileSync(path, 'utf8')))
}

/** Prints what was found; keeps it when asked to, in place of what was found that day before. Ends with 1 when it falls short. */
export function tell(found: Omit<Bar, 'at' | 'commit'>, isRecorded: boolean): void {
  console.log(`\n${found.goal}\n`)
  for (const cells of [found.heads, ...found.rows]) console.log(`  ${cells.join('  |  ')}`)
  for (const note of found.notes) console.log(`  ${note}`)
  if (found.passed !== null) console.log(found.passed ? '  reached' : '  NOT REACHED')
  if (found.passed === false) process.exitCode = 1
  if (isRecorded) record({ ...found, at: new Date().toISOString(), commit: commitText() })
}

function record(found: Bar): void {
  mkdirSync(resultsDir, { recursive: true })
  const date = found.at.slice(0, 10)
  const path = join(resultsDir, `${prefix}${date}.json`)
  // A new day begins with what the day before has left, so that bars can be shown one by one.
  const old = existsSync(path) ? barsModel.parse(JSON.parse(readFileSync(path, 'utf8'))) : newestBars()
  const machine = describeMachine()
  const kept = old !== undefined && JSON.stringify(old.machine) === JSON.stringify(machine) ? old.bars : []
  const bars = [...kept.filter(({ id }) => id !== found.id), found].sort((a, b) => a.id.localeCompare(b.id))
  const data: BarsData = { date, machine, node: process.versions.node, millrace: packageVersion(), bars }
  writeFileSync(path, formatted('bars.json', JSON.stringify(data, undefined, 2)))
}
