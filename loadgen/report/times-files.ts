// Latency distributions as files that other people's tools read: an HdrHistogram interval log (.hlog), a line for each window
// and kind of latency, written as the run goes on; and percentile distributions (.hgrm) at its end.
//
// The log's tags are `response`, `service`, `lateness`, `e2e`, `processing` and `commit` for the measured time, so that one tag adds up to
// exactly what the result says. What does not count has tags of its own: `warmup-response`, `drain-e2e`.
import { createWriteStream, type WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { MillraceError } from '../../core/errors.ts'
import { intervalLogHead, intervalLogLine, percentileText } from '../../core/histogram.ts'
import type { RunHooks, Times, WindowTimes } from '../progress.ts'
import { checkWritable, writeFileAtomically } from './json.ts'

export interface TimesPaths {
  readonly hlog?: string | undefined
  /** The name of each distribution comes before the extension: `run.hgrm` becomes `run.response.hgrm`. */
  readonly percentiles?: string | undefined
}

export class TimesFiles implements Pick<RunHooks, 'onWindowTimes' | 'onMeasuredTimes'> {
  readonly written: string[] = []
  readonly #paths: TimesPaths
  readonly #percentiles = new Map<string, string>()
  #log: WriteStream | undefined
  #logEnd: Promise<void> | undefined

  constructor(paths: TimesPaths) {
    this.#paths = paths
  }

  /** Before the run: what cannot be written after it is an error now. */
  async check(): Promise<void> {
    const { hlog, percentiles } = this.#paths
    if (hlog !== undefined) await checkWritable(hlog)
    if (percentiles !== undefined) await checkWritable(withLabel(percentiles, 'response'))
  }

  readonly onWindowTimes = ({ name, part, histogram, startedAtMs, fromSec, toSec }: WindowTimes): void => {
    const { hlog } = this.#paths
    if (hlog === undefined) return
    this.#log ??= this.#open(hlog, startedAtMs)
    const tag = part === 'measured' ? name : `${part}-${name}`
    this.#log.write(intervalLogLine(tag, fromSec, toSec, histogram))
  }

  readonly onMeasuredTimes = (times: readonly Times[]): void => {
    for (const { name, histogram } of times) this.#percentiles.set(name, percentileText(histogram))
  }

  /** After the run; rejects with OUTPUT_FAILED for the first file that could not be written. */
  async close(): Promise<void> {
    const { hlog, percentiles } = this.#paths
    if (this.#log !== undefined) {
      this.#log.end()
      await this.#logEnd!.catch((error: Error) => {
        throw new MillraceError('OUTPUT_FAILED', `cannot write ${hlog}: ${error.message}`, { cause: error })
      })
      this.written.push(hlog!)
    }
    if (percentiles === undefined) return
    for (const [name, text] of this.#percentiles) {
      const path = withLabel(percentiles, name)
      await writeFileAtomically(path, text)
      this.written.push(path)
    }
  }

  #open(path: string, startedAtMs: number): WriteStream {
    const log = createWriteStream(path)
    this.#logEnd = finished(log)
    // Heard again in close(); until then nobody waits for it.
    this.#logEnd.catch(() => {})
    log.write(intervalLogHead(startedAtMs))
    return log
  }
}

/** `dir/run.hlog` and `r2`: `dir/run.r2.hlog`. */
export function withLabel(path: string, label: string): string {
  const [, stem = path, extension = ''] = /^(.*[^/])(\.[^./]+)$/.exec(path) ?? []
  return `${stem}.${label}${extension}`
}
