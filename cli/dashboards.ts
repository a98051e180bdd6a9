// `millrace dashboards`: the Grafana boards as files, or drawn here from a live Prometheus.
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type ConfigProblem, configError, exitCodes, MillraceError } from '../core/errors.ts'
import { type ListenAddress, parseListen } from '../core/listen.ts'
import { type Parsed, parseDuration } from '../core/units.ts'
import { boardNames, boardsFolder } from '../dashboards/preview/files.ts'
import { type PreviewOptions, servePreview } from '../dashboards/preview/server.ts'
import { addTableFlags, flag, readTableFlags, wordsAndFlags } from './flag-table.ts'
import { onInterrupt } from './interrupt.ts'
import { makeFolder } from './make-folder.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'
import { usualPorts } from './stack/ports.ts'

const parsePrometheus = (text: string): Parsed<string> =>
  URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
    ? { value: text }
    : { problem: `"${text}" is not an address like http://localhost:9090` }

const listenDefault: ListenAddress = { host: '127.0.0.1', port: usualPorts.preview }

const previewFlags = {
  prometheus: flag(
    'Preview:',
    'URL',
    'the Prometheus that scrapes the agent, the JMX exporters and the runs, such as http://localhost:9090',
    parsePrometheus,
  ),
  listen: flag(
    'Preview:',
    'HOST:PORT',
    `where the boards are served (${listenDefault.host}:${listenDefault.port}); port 0: any free one`,
    parseListen,
  ),
  'scrape-interval': flag(
    'Preview:',
    'TIME',
    'how often Prometheus scrapes (15s): rates look at four scrapes at least',
    parseDuration,
  ),
}

const exportEpilogue = `
Import them in Grafana 10 to 13 (Dashboards, New, Import), provision them from the folder, or put them into ConfigMaps for the
sidecar. They name no data source: the one on top of each board is used. Files of the same name are written over.

Exit codes: 0 written, 30 not written, 104 settings not valid.
`
const previewEpilogue = `
Serves every board as a page, drawn from live data, for a look without Grafana; until Ctrl-C. The page asks this process and this
process asks Prometheus, queries alone. It is not protected: serve it to localhost, or behind something that is.

Exit codes: 0 after Ctrl-C, 20 Prometheus does not answer, 30 the address is taken, 104 settings not valid.
`

/** Gives the command its two; `done` hears the exit code. */
export function defineDashboards(group: Command, io: Io, done: (exitCode: number) => void): void {
  const exporting = group.command('export').description('write the boards as JSON files into a folder')
  exporting.usage('DIR').allowUnknownOption().allowExcessArguments().addHelpText('after', exportEpilogue)
  exporting.action(async () => done(await exportBoards(exporting.args, io)))

  const preview = group.command('preview').description('draw the boards from a live Prometheus, without Grafana')
  const given = addTableFlags(preview, previewFlags)
  preview.usage('--prometheus URL [flags]').addHelpText('after', previewEpilogue)
  preview.action(async () => {
    const { values, problems } = readTableFlags(previewFlags, given, preview.args)
    done(await previewBoards(values, problems, io))
  })
}

async function exportBoards(args: readonly string[], io: Io): Promise<number> {
  const {
    words: [dir, ...more],
    flags,
  } = wordsAndFlags(args)
  const problems: ConfigProblem[] = [
    ...flags.map(path => ({ path, message: 'is not a flag of this command' })),
    ...more.map(path => ({ path, message: 'is one folder too many' })),
    ...(dir === undefined ? [{ path: 'DIR', message: 'is missing: the folder to write to' }] : []),
  ]
  if (problems.length > 0) throw configError(problems)
  const names = boardNames()
  try {
    makeFolder(dir!)
    for (const name of names) copyFileSync(join(boardsFolder(), `${name}.json`), join(dir!, `${name}.json`))
  } catch (cause) {
    throw new MillraceError('OUTPUT_FAILED', `cannot write boards to ${dir}: ${(cause as Error).message}`, { cause })
  }
  await print(io.stdout, names.map(name => `${join(dir!, `${name}.json`)}\n`).join(''))
  return exitCodes.ok
}

async function previewBoards(
  values: Record<string, unknown>,
  problems: readonly ConfigProblem[],
  io: Io,
): Promise<number> {
  const prometheus = values.prometheus as string | undefined
  const missing = prometheus === undefined && !problems.some(({ path }) => path === '--prometheus')
  const all = [
    ...problems,
    ...(missing ? [{ path: '--prometheus', message: 'is missing: the address of Prometheus' }] : []),
  ]
  if (all.length > 0) throw configError(all)
  const scrapeMs = values['scrape-interval'] as number | undefined
  const options: PreviewOptions = {
    prometheus: prometheus!,
    listen: (values.listen as ListenAddress | undefined) ?? listenDefault,
    ...(scrapeMs !== undefined && { scrapeSec: scrapeMs / 1000 }),
  }
  const preview = await servePreview(options)
  const interrupt = onInterrupt(io.events, { onFirst() {}, onSecond: () => io.exit(exitCodes.interrupted) })
  try {
    await print(io.stdout, `boards: ${preview.url}\n`)
    await new Promise<void>(resolve => interrupt.signal.addEventListener('abort', () => resolve(), { once: true }))
    return exitCodes.ok
  } finally {
    interrupt.release()
    await preview.close()
  }
}
