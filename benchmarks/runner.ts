// Runs a suite: every contestant once a round, the rounds in turning order, so that whatever changes on the machine over
// time falls on all of them. A run that was disturbed does not count and is repeated, within bounds.
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChildOutcome, Children } from './child.ts'
import { type Contestant, type Reading, shownCommand, type Task } from './contestant.ts'
import type { BenchmarkData, ContestantData, RunData, SuiteData } from './data.ts'
import { ceiling } from './lineup/ceiling.ts'
import { type Disturbance, disturbanceBetween, readMachine } from './machine.ts'
import { batchBytes, filledTopicConfigs, producedTopicConfigs } from './settings.ts'
import type { Stage } from './stage.ts'
import type { Suite } from './suites.ts'

export interface RunnerOptions {
  readonly rounds: number
  readonly seconds: number
  readonly warmupSeconds: number
  /** Records in the topic that consumers read. */
  readonly fillRecords: number
  readonly limits: BenchmarkData['limits']
  readonly commit: string
  /** Runs of each contestant that do not count, before the first round: 1 when left out. */
  readonly trials?: number
}

export interface RunnerEvents {
  note(text: string): void
  ran(contestant: Contestant, run: RunData): void
  failed(contestant: Contestant, round: number, message: string): void
}

interface Entrant {
  readonly contestant: Contestant
  readonly stage: Stage
  readonly data: ContestantData & { failures: { round: number; message: string }[] }
  perSec: number
  repeatsLeft: number
}

/** One contestant's turn. */
interface Turn {
  readonly entrant: Entrant
  /** 0: the trial before the first round. */
  readonly round: number
  readonly seconds: number
  /** The topic to read; producers get a new one. */
  readonly filled: string | undefined
}

/** Seconds of the run before the first round, which finds the rates and warms the broker. */
const trialSeconds = 4
/** Of one piece of the broker's warm-up. */
const warmingSeconds = 5
/** Beyond the time that a run is meant to take: the start of a JVM, a slow contestant, the end. */
const timeoutGraceMs = 60_000
const outputTailCharacters = 600
const failuresMax = 2

export class Runner {
  readonly #stageOf: (contestant: Contestant) => Stage
  readonly #children: Children
  readonly #dir: string
  readonly #options: RunnerOptions
  readonly #events: RunnerEvents
  #topics = 0

  constructor(
    /** Where each contestant works: mostly one stage for all. */
    stageOf: (contestant: Contestant) => Stage,
    children: Children,
    dir: string,
    options: RunnerOptions,
    events: RunnerEvents,
  ) {
    this.#stageOf = stageOf
    this.#children = children
    this.#dir = dir
    this.#options = options
    this.#events = events
  }

  /** A new broker is up to three times slower in its first minute. Topics are small and many, since memory is small. */
  async warm(stage: Stage, seconds: number): Promise<void> {
    const endMs = performance.now() + seconds * 1000
    const contestant = ceiling({ recordBytes: 100, acks: '1', idempotent: false }, 1)
    while (performance.now() < endMs) {
      const topic = await this.#newTopic(stage, producedTopicConfigs)
      const task = { bootstrap: stage.bootstrap, topic, seconds: warmingSeconds, warmupSeconds: 0 }
      const line = contestant.commandLine({ ...task, records: 0, warmupRecords: 0, dir: this.#dir })
      assertEnded(await this.#children.run(line, timeoutGraceMs))
      await stage.removeTopic(topic)
    }
  }

  async run(suite: Suite): Promise<SuiteData> {
    const entrants = suite.contestants.map(contestant => this.#entrant(contestant))
    const startedAt = new Date().toISOString()
    const rounds = Math.min(this.#options.rounds, suite.roundsMax ?? Number.POSITIVE_INFINITY)
    const seconds = suite.seconds ?? this.#options.seconds
    const filledOn = new Map<Stage, string>()
    if (suite.direction === 'consume') {
      for (const { stage } of entrants) if (!filledOn.has(stage)) filledOn.set(stage, await this.#fillTopic(stage))
    }
    const runs: RunData[] = []
    try {
      const able = entrants.filter(({ data }) => data.missing === null)
      for (const entrant of Array.from({ length: this.#options.trials ?? 1 }, () => able).flat()) {
        await this.#try({ entrant, round: 0, seconds: trialSeconds, filled: filledOn.get(entrant.stage) })
      }
      for (let round = 1; round <= rounds; round++) {
        for (const entrant of round % 2 === 1 ? able : able.toReversed()) {
          const filled = filledOn.get(entrant.stage)
          runs.push(...(await this.#runUntilValid({ entrant, round, seconds, filled })))
        }
      }
    } finally {
      for (const [stage, topic] of filledOn) await stage.removeTopic(topic)
    }
    return {
      id: suite.id,
      title: suite.title,
      direction: suite.direction,
      terms: [...suite.terms],
      recordBytes: suite.recordBytes,
      startedAt,
      commit: this.#options.commit,
      rounds,
      seconds,
      warmupSeconds: this.#options.warmupSeconds,
      contestants: entrants.map(({ data }) => data),
      runs,
    }
  }

  #entrant(contestant: Contestant): Entrant {
    const { id, label, payload, notes, goal = null, guessPerSec } = contestant
    const missing = contestant.missing() ?? null
    if (missing !== null) this.#events.note(`${label}: ${missing}`)
    const data = { id, label, command: '', payload, notes: [...notes], goal, missing, failures: [] }
    return {
      contestant,
      stage: this.#stageOf(contestant),
      data,
      perSec: guessPerSec,
      repeatsLeft: this.#options.limits.repeats,
    }
  }

  async #runUntilValid(turn: Turn): Promise<RunData[]> {
    const { entrant } = turn
    const runs: RunData[] = []
    for (;;) {
      // What fails again and again would take the time of the others.
      if (entrant.data.failures.length >= failuresMax) return runs
      const run = await this.#try(turn)
      if (run !== undefined) runs.push(run)
      if (run?.void === null || entrant.repeatsLeft === 0) return runs
      entrant.repeatsLeft--
    }
  }

  /** Undefined when it failed, which is reported and not the end of the others. */
  async #try(turn: Turn): Promise<RunData | undefined> {
    const { entrant, round } = turn
    const { contestant, data } = entrant
    try {
      const run = await this.#runOnce(turn)
      entrant.perSec = run.recordsPerSec
      this.#events.ran(contestant, run)
      return run
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      data.failures.push({ round, message })
      this.#events.failed(contestant, round, message)
      return undefined
    }
  }

  async #runOnce({ entrant, round, seconds, filled }: Turn): Promise<RunData> {
    const { contestant, stage } = entrant
    const topic = filled ?? (await this.#newTopic(stage, producedTopicConfigs))
    const dir = join(this.#dir, 'run')
    await mkdir(dir)
    try {
      const task = this.#task(entrant, topic, dir, seconds, filled !== undefined)
      entrant.data.command = shownCommand(contestant, contestant.commandLine(task), task)
      const startedAt = new Date().toISOString()
      const before = readMachine(stage.brokerPid)
      const outcome = await this.#children.run(contestant.commandLine(task), timeoutMsOf(task))
      const after = readMachine(stage.brokerPid)
      assertEnded(outcome)
      const reading = contestant.read(outcome, task)
      const disturbance = before && after && disturbanceBetween(before, after, outcome.cpuSeconds)
      const held = filled === undefined ? await stage.recordsIn(topic) : undefined
      const { limits } = this.#options
      return runData({ contestant, round, startedAt, reading, outcome, disturbance, held, limits })
    } finally {
      await rm(dir, { recursive: true, force: true })
      if (filled === undefined) await stage.removeTopic(topic)
    }
  }

  #task(entrant: Entrant, topic: string, dir: string, seconds: number, isReading: boolean): Task {
    const { warmupSeconds, fillRecords } = this.#options
    const records = Math.max(1, Math.round(entrant.perSec * seconds))
    return {
      bootstrap: entrant.stage.bootstrap,
      topic,
      seconds,
      warmupSeconds,
      records: isReading ? Math.min(records, fillRecords) : records,
      warmupRecords: Math.max(1, Math.round(entrant.perSec * warmupSeconds)),
      dir,
    }
  }

  async #newTopic(stage: Stage, configs: Readonly<Record<string, string>>): Promise<string> {
    const topic = `peers-${++this.#topics}`
    await stage.createTopic(topic, configs)
    return topic
  }

  async #fillTopic(stage: Stage): Promise<string> {
    const { fillRecords } = this.#options
    const topic = await this.#newTopic(stage, filledTopicConfigs)
    this.#events.note(`filling ${topic} with ${fillRecords} records`)
    const args = ['bench', 'produce', '--bootstrap', stage.bootstrap, '--topic', topic]
    const size = ['--record-size', '100', '--batch-bytes', String(batchBytes), '--warmup', '0s']
    const line = {
      command: process.execPath,
      args: ['cli/main.ts', ...args, ...size, '--records', String(fillRecords)],
    }
    assertEnded(await this.#children.run(line, fillRecords / 100 + timeoutGraceMs))
    return topic
  }
}

/** Twice the time that it should take, and the start. */
const timeoutMsOf = ({ seconds, warmupSeconds }: Task): number => (seconds + warmupSeconds) * 2_000 + timeoutGraceMs

function assertEnded({ timedOut, code, stdout, stderr }: ChildOutcome): void {
  if (!timedOut && code === 0) return
  const why = timedOut ? 'it did not end in time and was killed' : `it ended with status ${code}`
  throw new Error(`${why}\n${`${stdout}\n${stderr}`.trim().slice(-outputTailCharacters)}`)
}

interface RunParts {
  readonly contestant: Contestant
  readonly round: number
  readonly startedAt: string
  readonly reading: Reading
  readonly outcome: ChildOutcome
  readonly disturbance: Disturbance | undefined
  /** Records in the topic. */
  readonly held: number | undefined
  readonly limits: BenchmarkData['limits']
}

function runData({ contestant, round, startedAt, reading, outcome, disturbance, held, limits }: RunParts): RunData {
  const { totalRecords } = reading
  const perRecord = (seconds: number) => (Number.isFinite(seconds) ? rounded((seconds / totalRecords) * 1e6, 4) : null)
  return {
    contestant: contestant.id,
    round,
    startedAt,
    records: reading.records,
    seconds: rounded(reading.seconds, 3),
    recordsPerSec: Math.round(reading.recordsPerSec),
    cpuUsPerRecord: perRecord(outcome.cpuSeconds),
    ownCpuUsPerRecord: reading.ownCpuUsPerRecord === undefined ? null : rounded(reading.ownCpuUsPerRecord, 4),
    brokerCpuUsPerRecord: disturbance === undefined ? null : perRecord(disturbance.brokerCpuSeconds),
    stealPercent: disturbance === undefined ? null : rounded(disturbance.stealPercent, 1),
    othersPercent: disturbance === undefined ? null : rounded(disturbance.othersPercent, 1),
    brokerSurplus: held === undefined ? null : held - totalRecords,
    void: voidBecause(disturbance, limits),
    perSecond: reading.perSecond ?? null,
  }
}

export function voidBecause(
  disturbance: Pick<Disturbance, 'stealPercent' | 'othersPercent'> | undefined,
  limits: BenchmarkData['limits'],
): string | null {
  if (disturbance === undefined) return null
  if (disturbance.stealPercent > limits.stealPercent) return `steal ${rounded(disturbance.stealPercent, 1)} %`
  if (disturbance.othersPercent > limits.othersPercent) return `other work ${rounded(disturbance.othersPercent, 1)} %`
  return null
}

function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals))
}
