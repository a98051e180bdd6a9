// The flags of `millrace calibrate`, and what is measured when none is given.
import { type Parsed, parseDuration, parseSize, parseWhole } from '../core/units.ts'
import { bounded } from '../loadgen/scenario/parsers.ts'
import { type FlagTable, type FlagValues, flag, parseText } from './flag-table.ts'

const points = 'Points:'
const output = 'Output:'
const size = bounded(parseSize, 1, 128 * 1024, 'between 1 and 128KiB')
const time = bounded(parseDuration, 500, 600_000, 'between 500ms and 10m')
const warmup = bounded(parseDuration, 0, 600_000, 'at most 10m')

export const calibrateFlags = {
  'record-sizes': flag(points, 'LIST', 'bytes of the value (default: 100,1KiB,10KiB)', listOf(size)),
  workers: flag(points, 'LIST', 'worker threads (default: 1 and what bench takes)', listOf(parseWhole(1, 1024))),
  duration: flag(points, 'TIME', 'measured time of each point (default: 2s)', time),
  warmup: flag(points, 'TIME', 'time before it that is not measured (default: 1s)', warmup),
  out: flag(output, 'FILE', 'where to write it (default: the place where bench looks)', parseText),
  quiet: flag(output, undefined, 'no line for each point as it is measured', parseText),
} as const satisfies FlagTable

export type CalibrateSettings = FlagValues<typeof calibrateFlags>

/** Each value once, in ascending order. */
function listOf<T extends number>(parse: (text: string) => Parsed<T>) {
  return (text: string): Parsed<readonly number[]> => {
    const values: number[] = []
    for (const part of text.split(',')) {
      const parsed = parse(part.trim())
      if ('problem' in parsed) return parsed
      values.push(parsed.value)
    }
    return { value: [...new Set(values)].toSorted((a, b) => a - b) }
  }
}
