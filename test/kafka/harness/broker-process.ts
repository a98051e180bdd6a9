// One broker: a Java process with a data directory and ports that outlive it, so that it can be killed and started again.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, fstatSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Watchdog } from '../../../cli/stack/watchdog.ts'
import { MillraceError } from '../../../core/errors.ts'
import { probeBrokerIds } from './probe.ts'
import { classPath, loggingFlags, missingTool } from './tools.ts'

export interface Broker {
  readonly id: number
  /** Of the running process; undefined while it is down. */
  readonly pid: number | undefined
  readonly port: number
  readonly adminPort: number
  readonly logPath: string
  readonly dataDir: string
  /** SIGKILL: no goodbye, no flush, as a crash would do it. */
  kill(): Promise<void>
  /** Clean shutdown, bounded: SIGKILL when the broker does not end by itself. */
  stop(): Promise<void>
  /** Same data, same ports; resolves when the broker answers and knows itself registered. */
  start(): Promise<void>
}

export interface BrokerSettings {
  readonly id: number
  readonly port: number
  readonly adminPort: number
  readonly dataDir: string
  readonly logPath: string
  readonly propertiesPath: string
  readonly installDir: string
  readonly heapMb: number
  readonly jvmFlags: readonly string[]
  readonly startTimeoutMs: number
  readonly stopTimeoutMs: number
}

const pollMs = 100
const logTailLines = 20
const causeLinesMax = 10

export function createBroker(settings: BrokerSettings, watchdog: Watchdog): Broker {
  let running: RunningBroker | undefined
  const { id, port, adminPort, dataDir, logPath } = settings

  const end = async (signal: NodeJS.Signals) => {
    if (running === undefined) return
    await endProcess(running, signal, settings.stopTimeoutMs)
    running = undefined
  }
  return {
    id,
    port,
    adminPort,
    dataDir,
    logPath,
    get pid() {
      return running?.ended === undefined ? running?.process.pid : undefined
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    start: async () => {
      if (running !== undefined && running.ended === undefined) return
      running = spawnBroker(settings, watchdog)
      await untilReady(running, settings)
    },
  }
}

interface RunningBroker {
  readonly process: ChildProcess
  readonly exit: Promise<void>
  /** Where this run begins in the log, which earlier runs of the broker have filled. */
  readonly logStart: number
  /** How it ended; undefined while it runs. */
  ended: string | undefined
}

function spawnBroker(settings: BrokerSettings, watchdog: Watchdog): RunningBroker {
  const log = openSync(settings.logPath, 'a')
  const logStart = fstatSync(log).size
  // Its own session, so that Ctrl-C on the terminal reaches only us and the shutdown is ours to order.
  const child = spawn('java', javaArguments(settings), { detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  const { pid } = child
  if (pid !== undefined) watchdog.watch(pid)
  const running: RunningBroker = {
    process: child,
    logStart,
    ended: undefined,
    exit: new Promise(resolve => {
      child.once('error', () => resolve())
      child.once('exit', (code, signal) => {
        if (pid !== undefined) watchdog.forget(pid)
        running.ended = signal === null ? `it ended with status ${code}` : `it was ended by ${signal}`
        resolve()
      })
    }),
  }
  child.once('error', error => {
    running.ended = missingTool('java', error).message
  })
  return running
}

/** The flags of Kafka's own start script: what is measured here is Kafka as users run it. */
function javaArguments({ installDir, heapMb, jvmFlags, propertiesPath }: BrokerSettings): readonly string[] {
  return [
    '-server',
    `-Xms${heapMb}m`,
    `-Xmx${heapMb}m`,
    ...jvmFlags,
    '-XX:+UseG1GC',
    '-XX:MaxGCPauseMillis=20',
    '-XX:InitiatingHeapOccupancyPercent=35',
    '-XX:+ExplicitGCInvokesConcurrent',
    '-Djava.awt.headless=true',
    ...loggingFlags(installDir, 'broker'),
    '-cp',
    classPath(installDir),
    'kafka.Kafka',
    propertiesPath,
  ]
}

async function endProcess(running: RunningBroker, signal: NodeJS.Signals, timeoutMs: number): Promise<void> {
  if (running.ended !== undefined) return
  running.process.kill(signal)
  const timer = setTimeout(() => running.process.kill('SIGKILL'), timeoutMs)
  await running.exit
  clearTimeout(timer)
}

/**
 * Listeners open one by one, so an answer on one of them is not yet a broker: the log says when all of them are open
 * and the broker is registered, and then the answer shows that it can be reached.
 */
async function untilReady(running: RunningBroker, settings: BrokerSettings): Promise<void> {
  const deadlineMs = Date.now() + settings.startTimeoutMs
  for (;;) {
    if (await saysStarted(settings.logPath, running.logStart)) {
      if ((await probeBrokerIds(settings.adminPort))?.includes(settings.id)) return
    }
    if (running.ended !== undefined) throw await startError(settings, running.ended)
    if (Date.now() > deadlineMs) {
      running.process.kill('SIGKILL')
      await running.exit
      throw await startError(settings, `it was not ready after ${settings.startTimeoutMs} ms`)
    }
    await delay(pollMs)
  }
}

async function saysStarted(logPath: string, start: number): Promise<boolean> {
  const log = await readFile(logPath)
  return log.subarray(start).includes('Kafka Server started')
}

async function startError(settings: BrokerSettings, reason: string): Promise<MillraceError> {
  const log = await readFile(settings.logPath, 'utf8').catch(() => '(no log)')
  const text = excerpt(log.trimEnd().split('\n'))
  return new MillraceError('BROKER_UNREACHABLE', `broker ${settings.id} did not start: ${reason}\n${text}`, {
    hint: 'What the broker logged is above. A port in use and an unknown property are the usual reasons.',
  })
}

/** A broker that gives up still logs its whole shutdown, so the end alone would hide why. */
function excerpt(lines: readonly string[]): string {
  const causes = lines.filter(line => /\] (ERROR|FATAL) |Exception: |^Caused by/.test(line)).slice(0, causeLinesMax)
  return [...causes, '...', ...lines.slice(-logTailLines)].join('\n')
}
