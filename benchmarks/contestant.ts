// What the runner needs to know of a contestant: how it is started and how its output is read. One object each, in
// lineup/; a new contestant is one more.
import type { ChildOutcome, CommandLine } from './child.ts'

/** One run, as the runner wants it. */
export interface Task {
  readonly bootstrap: string
  readonly topic: string
  readonly seconds: number
  readonly warmupSeconds: number
  /** For those that stop at a count: about what they get done in the time. */
  readonly records: number
  readonly warmupRecords: number
  /** For files of this run. */
  readonly dir: string
}

export interface Reading {
  /** Of the measured time. */
  readonly records: number
  readonly seconds: number
  readonly recordsPerSec: number
  /** Of the whole process: what its processor time is divided by, and what the broker must hold. */
  readonly totalRecords: number
  readonly ownCpuUsPerRecord?: number
  readonly perSecond?: { readonly records: number[]; readonly rssBytes: number[] }
}

export interface Contestant {
  readonly id: string
  readonly label: string
  /** What a reader would type, when that differs from the first word of the command. */
  readonly shownAs: string
  /** Arguments in front that are left out where the command line is shown (a Java class path, say). */
  readonly hiddenArguments: number
  readonly payload: string
  readonly notes: readonly string[]
  readonly goal?: number
  /** Records per second to begin with, until a run has shown the true rate. */
  readonly guessPerSec: number
  missing(): string | undefined
  commandLine(task: Task): CommandLine
  /** Throws when the output has no result: the run failed. */
  read(outcome: ChildOutcome, task: Task): Reading
}

export const neverMissing = (): undefined => undefined

/** The command line as a reader would repeat it. */
export function shownCommand(contestant: Contestant, { args }: CommandLine, task: Task): string {
  const names: readonly (readonly [string, string])[] = [
    [task.bootstrap, '$BOOTSTRAP'],
    [task.topic, '$TOPIC'],
    [task.dir, '$DIR'],
    [String(task.records + task.warmupRecords), '$RECORDS_AND_WARMUP'],
    [String(task.records), '$RECORDS'],
    [String(task.warmupRecords), '$WARMUP'],
  ]
  const shown = args.slice(contestant.hiddenArguments).map(arg => {
    const named = names.reduce((text, [value, name]) => {
      if (text === value) return name
      return value.length > 7 ? text.replaceAll(value, name) : text
    }, arg)
    return /[\s;|&<>*]/.test(named) ? `'${named}'` : named
  })
  return [contestant.shownAs, ...shown].join(' ')
}
