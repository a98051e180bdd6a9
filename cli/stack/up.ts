// `millrace stack up`, top to bottom: what is there, where it goes, start, tell, wait, end.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AlertSettings } from '../../alerts/settings.ts'
import { type ConfigProblem, configError, exitCodes } from '../../core/errors.ts'
import { servePreview } from '../../dashboards/preview/server.ts'
import { agentSettingsOf } from '../agent.ts'
import { alertSettingsFrom } from '../alert-settings.ts'
import type { GivenTableFlag } from '../flag-table.ts'
import { type Interrupt, onInterrupt } from '../interrupt.ts'
import { print } from '../output.ts'
import type { Io } from '../program.ts'
import { writeStackFiles } from './files.ts'
import { placeText } from './others.ts'
import type { Part, Ports } from './parts.ts'
import { partsOf, placesOf, type StackPlan, targetsOf } from './plan.ts'
import { choosePorts } from './ports.ts'
import { answers, startProgram } from './programs.ts'
import { reach } from './reach.ts'
import { type Host, startParts } from './start.ts'
import { claimState, type Place, readState, refuseSecond, releaseState, statePath } from './state.ts'
import { findTool, needTool, tools } from './tools.ts'
import { startWatchdog, type Watchdog } from './watchdog.ts'
import { type Notice, startWebhook } from './webhook.ts'

export interface UpSettings {
  readonly bootstrap?: string
  readonly 'command-config'?: string
  readonly 'cluster-name'?: string
  readonly load?: string
  readonly thresholds?: string
  readonly 'scrape-interval'?: number
  readonly prometheus?: string
  readonly alertmanager?: string
  readonly ports: Partial<Ports>
}

const scrapeMsDefault = 5_000

export async function up(settings: UpSettings, io: Io): Promise<number> {
  const alerts = readThresholds(settings.thresholds)
  refuseSecond(readState(statePath(io.env)))
  const searchPath = io.env.PATH ?? ''
  const prometheus = needTool('prometheus', settings.prometheus, searchPath)
  const alertmanager = findTool('alertmanager', settings.alertmanager, searchPath)
  const ports = await choosePorts(settings.ports, name => `--${name}-port`)
  // Ctrl-C still ends it at once: there is nothing to put away.
  if (settings.bootstrap !== undefined) await reach(agentSettingsOf(agentGiven(settings), [], io))
  const interrupt = onInterrupt(io.events, {
    onFirst: () => void io.stderr.write('ending; Ctrl-C again to leave at once\n'),
    onSecond: () => io.exit(exitCodes.interrupted),
  })
  const dir = mkdtempSync(join(tmpdir(), 'millrace-stack-'))
  const watchdog = startWatchdog(dir)
  try {
    const plan = { ...planOf(settings), dir, ports, prometheus, ...(alertmanager !== undefined && { alertmanager }) }
    return await run(plan, alerts, { io, interrupt, watchdog })
  } finally {
    await watchdog.close()
    interrupt.release()
  }
}

/** The flags that the agent is given of what was asked for here. */
const agentGiven = (settings: UpSettings): GivenTableFlag[] =>
  (['bootstrap', 'command-config', 'cluster-name'] as const).flatMap(key => {
    const text = settings[key]
    return text === undefined ? [] : [{ key, text }]
  })

const planOf = (settings: UpSettings) => ({
  ...(settings.bootstrap !== undefined && { bootstrap: settings.bootstrap }),
  ...(settings['command-config'] !== undefined && { commandConfig: settings['command-config'] }),
  ...(settings['cluster-name'] !== undefined && { clusterName: settings['cluster-name'] }),
  ...(settings.load !== undefined && { load: settings.load }),
  scrapeMs: settings['scrape-interval'] ?? scrapeMsDefault,
})

function readThresholds(path: string | undefined): AlertSettings {
  const problems: ConfigProblem[] = []
  const alerts = alertSettingsFrom(path, problems)
  if (problems.length > 0) throw configError(problems)
  return alerts
}

interface Surroundings {
  readonly io: Io
  readonly interrupt: Interrupt
  readonly watchdog: Watchdog
}

async function run(plan: StackPlan, alerts: AlertSettings, surroundings: Surroundings): Promise<number> {
  const { io, interrupt } = surroundings
  const { dir, ports, scrapeMs, alertmanager } = plan
  const places = placesOf(plan)
  const path = statePath(io.env)
  // First of all, so that it can be ended while it starts.
  claimState(path, { pid: process.pid, startedAt: new Date().toISOString(), dir, places })
  const closers: (() => Promise<void>)[] = [async () => releaseState(path)]
  try {
    const webhook = await startWebhook(notice => void io.stdout.write(noticeText(notice)))
    closers.push(webhook.close)
    const target = `127.0.0.1:${ports.alertmanager}`
    writeStackFiles({
      ...{ dir, alerts, targets: targetsOf(plan), scrapeInterval: `${scrapeMs}ms` },
      ...(alertmanager !== undefined && { alertmanager: { target, webhookUrl: webhook.url } }),
    })
    const { parts, load } = partsOf(plan)
    const host = hostOf(plan, surroundings)
    const started = await startParts(parts, host, interrupt.signal)
    closers.push(started.close)
    if (interrupt.signal.aborted) return exitCodes.ok
    const preview = await servePreview({
      prometheus: `http://127.0.0.1:${ports.prometheus}`,
      listen: { host: '127.0.0.1', port: ports.preview },
      scrapeSec: scrapeMs / 1000,
    })
    closers.push(preview.close)
    const loaded = await startParts(load, host, interrupt.signal)
    closers.push(loaded.close)
    await print(io.stdout, welcome(plan, places))
    return await untilTheEnd([started.lost, loaded.lost], interrupt.signal)
  } finally {
    for (const close of closers.toReversed()) await close()
  }
}

/** Rejects when a part that is needed has ended. */
async function untilTheEnd(lost: readonly Promise<Error>[], signal: AbortSignal): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  signal.addEventListener('abort', () => resolve(undefined), { once: true })
  if (signal.aborted) resolve(undefined)
  const error = await Promise.race([promise, ...lost])
  if (error !== undefined) throw error
  return exitCodes.ok
}

function hostOf({ dir, bootstrap }: StackPlan, { io, watchdog }: Surroundings): Host {
  const env = bootstrap === undefined ? withoutConnection(io.env) : io.env
  return {
    start(part: Part) {
      void io.stderr.write(`starting ${part.name}\n`)
      const options = { isDetached: true, env, watchdog }
      return startProgram(part.command, part.args, join(dir, `${part.name}.log`), options)
    },
    answers,
    onEnd: text => void io.stderr.write(`${text}\nThe rest goes on.\n`),
  }
}

/** Variables that say how to reach a cluster of the user are not meant for the embedded broker. */
const withoutConnection = (env: Io['env']) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('MILLRACE_')))

// ---- what is said ----

function welcome({ dir, alertmanager, load }: StackPlan, places: readonly Place[]): string {
  const missing = `alertmanager  not installed, so alerts are seen in Prometheus alone: ${tools.alertmanager.install}\n`
  return [
    '\nmillrace stack: everything is up, on this machine alone.\n\n',
    ...places.map(place => placeText(place)),
    ...(alertmanager === undefined ? [missing] : []),
    `files         ${dir}\n`,
    ...(load === undefined ? ['\nNothing writes to it from here: --load 1k/s gives you something to see.'] : []),
    '\nCtrl-C, or millrace stack down in another terminal, ends it all and removes the files.\n',
    ...(alertmanager === undefined ? ['\n'] : ['Alerts are told here as they come.\n\n']),
  ].join('')
}

function noticeText({ alert, labels, isFiring, atMs, summary }: Notice): string {
  const time = new Date(atMs).toTimeString().slice(0, 8)
  const rest = summary === undefined ? '' : `: ${summary}`
  return `${time} ${isFiring ? 'FIRING  ' : 'resolved'} ${labels.severity ?? ''} ${alert}${rest}\n`
}
