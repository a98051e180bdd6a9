// `millrace alerts`: the alerting rules with thresholds of the user's own.
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { prometheusRule, ruleFiles } from '../alerts/render.ts'
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

const epilogue = `
  millrace alerts render --out /etc/prometheus/rules                       the rules as they are shipped
  millrace alerts render --thresholds my.yaml --out /etc/prometheus/rules  with thresholds of your own
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
    const { thresholds: path, format = 'rules', out } = values as { thresholds?: string; format?: Format; out?: string }
    const settings = alertSettingsFrom(path, problems)
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
