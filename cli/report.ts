// `millrace report`: results that are files already, in any form, one by itself or several beside each other.
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { configError, exitCodes } from '../core/errors.ts'
import { checkWritable, writeFileAtomically } from '../loadgen/report/json.ts'
import { type FormatName, formatNames, parseReports, type ReportTarget } from '../loadgen/report/targets.ts'
import { addTableFlags, flag, parseText, readTableFlags, wordsAndFlags } from './flag-table.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'

const group = 'Output:'
const reportFlags = {
  report: flag(
    group,
    'FORMAT=FILE,...',
    `reports to write: ${formatNames.join(', ')}; a format alone, or - as file: to standard output`,
    parseReports,
    true,
  ),
  ...Object.fromEntries(
    formatNames.map(name => [name, flag(group, 'FILE', `short for --report ${name}=FILE`, parseText)] as const),
  ),
}

const epilogue = `
FILE is a result (--out), a set of runs, or a page (--report html=...), from which the results are read back. The name of a run is
that of its file; LABEL=FILE names it. The first is what the others are compared with.

  millrace report run.json                                what the terminal showed
  millrace report before=a.json after=b.html --html out.html   two runs over each other
  millrace report run.html --report json                  the result out of a page

Exit codes: 0 reported, 30 not written, 104 files or flags not valid. A verdict of the run itself is not repeated.
`

/** Gives the command its flags and its action; `done` hears the exit code. */
export function defineReport(command: Command, io: Io, done: (exitCode: number) => void): void {
  const given = addTableFlags(command, reportFlags)
  command.usage('FILE... [flags]').addHelpText('after', epilogue)
  command.action(async () => {
    const { words: files, flags } = wordsAndFlags(command.args)
    const { values, problems } = readTableFlags(reportFlags, given, flags)
    const missing = files.length === 0 ? [{ path: 'FILE', message: 'is missing: a result to report' }] : []
    const { reportFile, readReported } = await import('../loadgen/report/read.ts')
    const read = readReported(files.map(reportFile), path => readFileSync(path, 'utf8'))
    const wrong = [...problems, ...missing, ...read.problems]
    if (wrong.length > 0) throw configError(wrong)
    const { reportText } = await import('../loadgen/report/formats.ts')
    const targets = targetsOf(values)
    for (const { path } of targets) if (path !== '-') await checkWritable(path)
    for (const { format, path } of targets) {
      const text = reportText(format, read.reported!)
      if (path === '-') await print(io.stdout, text)
      else await writeFileAtomically(path, text)
    }
    done(exitCodes.ok)
  })
}

function targetsOf(values: Record<string, unknown>): ReportTarget[] {
  const named = formatNames.flatMap((format: FormatName) => {
    const path = values[format]
    return path === undefined ? [] : [{ format, path: path as string }]
  })
  const targets = [...(values.report as ReportTarget[][]).flat(), ...named]
  return targets.length === 0 ? [{ format: 'text', path: '-' }] : targets
}
