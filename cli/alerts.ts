// `millrace alerts`: the alerting rules with thresholds of the user's own.
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { prometheusRule, ruleFiles } from '../alerts/render.ts'
import { parseRunbooks } from '../alerts/runbooks.ts'
import { configError, exitCodes, MillraceError } from '../core/errors.ts'
import type { Parsed } from '../core/units.ts'
import { writeFileAtomically } from '../loadgen/report/json.ts'
import { alertSettingsFrom } from './alert-settings.ts'
import { addTableFlags, flag, parseText, readTableFlags } from './flag-table.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'

const formats = ['rules', 'kubernetes'] as const
type Format = (typeof formats)[number]

const parseFormat = (text: string): Parsed<Format> =>
  formats.includes(text as Format) ? { value: text as Format } : { problem: `must be one of ${formats.join(', ')}` }

const renderFlags = {
  thresholds: flag('Rules:', 'FILE', 'thresholds and overrides; what it leaves out keeps its default', parseText),
  runbooks: flag(
    'Rules:',
    'URL',
    'folder of the runbooks, for runbook_url (default: that of the file, else of this version of the package)',
    parseRunbooks,
  ),
  format: flag(
    'Rules:',
    'NAME',
    'rules: files of Prometheus, one an area; kubernetes: one PrometheusRule (default rules)',
    parseFormat,
  ),
  out: flag(
    'Output:',
    'PATH',
    'folder for rules, file for kubernetes; default: everything to standard output',
    parseText,
  ),
}

interface RenderValues {
  readonly thresholds?: string
  readonly runbooks?: string
  readonly format?: Format
  readonly out?: string
}

const epilogue = `
  millrace alerts render --out /etc/prometheus/rules                       the rules as they are shipped
  millrace alerts render --thresholds my.yaml --out /etc/prometheus/rules  with thresholds of your own
  millrace alerts render --runbooks https://wiki.example.com/kafka/        with your copies of docs/runbooks of the package
  millrace alerts render --thresholds my.yaml --format kubernetes | kubectl apply -f -

alerts/thresholds.yaml of the package has every threshold with its default and what it means; docs/alerts.md tells of overrides.

Exit codes: 0 rendered, 30 not written, 104 file or flags not valid.
`

/** Gives the command its flags and its action; `done` hears the exit code. */
export function defineAlerts(command: Command, io: Io, done: (exitCode: number) => void): void {
  const render = command.command('render').description('write the rules for Prometheus, with thresholds of your own')
  const given = addTableFlags(render, renderFlags)
  render.addHelpText('after', epilogue)
  render.action(async () => {
    const { values, problems } = readTableFlags(renderFlags, given, render.args)
    const { thresholds: path, runbooks, format = 'rules', out } = values as RenderValues
    const settings = { ...alertSettingsFrom(path, problems), ...(runbooks !== undefined && { runbooks }) }
    if (problems.length > 0) throw configError(problems)
    const files =
      format === 'rules' ? ruleFiles(settings) : new Map([['prometheus-rule.yaml', prometheusRule(settings)]])
    if (out === undefined) await print(io.stdout, [...files.values()].join('---\n'))
    else await writeAll(files, format === 'rules' ? name => join(out, name) : () => out)
    done(exitCodes.ok)
  })
}

async function writeAll(files: ReadonlyMap<string, string>, pathOf: (name: string) => string): Promise<void> {
  for (const [name, text] of files) {
    const path = pathOf(name)
    makeFolder(dirname(path))
    await writeFileAtomically(path, text)
  }
}

/** One level: a path that is mistyped further up is told, and not made. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  try {
    mkdirSync(path)
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new MillraceError('OUTPUT_FAILED', `cannot make the folder ${path}: ${why}`, { cause: error })
  }
}
