// Profiles as text: NDJSON as `millrace capture` writes it, or CSV with the columns value_bytes and key.
import { type ConfigProblem, configError } from '../../core/errors.ts'
import type { Profile } from './profile.ts'
import { ProfileTimes } from './profile-times.ts'

/** More records than this make no better profile, and every worker holds all of them. */
export const profileRecordsMax = 1_000_000
/** Version 1 had the time since the record before of the partition (gapMs) in place of atMs. */
const profileVersion = 2
const versionsRead: readonly unknown[] = [1, 2]
/** Longer ones fit into no Kafka request. */
const bytesMax = 2 ** 30
/** A file of another kind is wrong in every line: so many are told, and the others counted. */
const problemsToldMax = 20

export interface ProfileRecord {
  readonly valueBytes: number
  /** The value is null, which is how a compacted topic deletes a key. */
  readonly tombstone?: true
  /** The same number is the same key; absent: the record has none. */
  readonly key?: number
  readonly keyBytes?: number
  readonly partition?: number
  /** Since the first record of the profile, by their timestamps; never less than that of the line before. */
  readonly atMs?: number
}

export const profileHeaderLine = (topic: string, capturedAtMs: number): string =>
  JSON.stringify({ profile: 'millrace', version: profileVersion, topic, capturedAt: new Date(capturedAtMs) })

export const profileLine = (record: ProfileRecord): string => JSON.stringify(record)

/** Throws CONFIG_INVALID with the lines that are wrong; `path` decides on the form: .csv, all else is NDJSON. */
export function parseProfile(text: string, path: string): Profile {
  const builder = new ProfileBuilder(path)
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const read = path.toLowerCase().endsWith('.csv') ? readCsvLine : readJsonLine
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue
    builder.line = index + 1
    read(line, builder)
  }
  return builder.build()
}

/** A line that was read. */
interface ProfileEntry {
  /** -1: the value is null. */
  readonly valueBytes: number
  /** Its name, and its bytes or how many it has. */
  readonly key?: { readonly name: string | number; readonly bytes: Buffer | number }
  readonly partition?: number
  readonly atMs?: number
  readonly gapMs?: number
}

class ProfileBuilder {
  line = 0
  readonly #path: string
  readonly #sizes: number[] = []
  readonly #keyOf: number[] = []
  readonly #keys: (Buffer | number)[] = []
  readonly #indexes = new Map<string | number, number>()
  /** As far as every record before has one. */
  readonly #partitions: number[] = []
  readonly #times = new ProfileTimes()
  readonly #problems: ConfigProblem[] = []
  #wrong = 0
  /** The first line that is not empty has been read. */
  isBegun = false

  constructor(path: string) {
    this.#path = path
  }

  problem(message: string): void {
    if (++this.#wrong > problemsToldMax) return
    this.#problems.push({ path: `${this.#path}:${this.line}`, message })
  }

  add({ valueBytes, key, partition, ...time }: ProfileEntry): void {
    if (this.#sizes.length === profileRecordsMax) {
      this.problem(`a profile has ${profileRecordsMax} records at most`)
      return
    }
    let index = -1
    if (key !== undefined) {
      index = this.#indexes.get(key.name) ?? this.#keys.push(key.bytes) - 1
      this.#indexes.set(key.name, index)
      const known = this.#keys[index]!
      if (typeof known === 'number' && known !== key.bytes)
        this.problem(`key ${key.name} has ${key.bytes} bytes here and ${known} before`)
    }
    const trouble = this.#times.add(partition ?? 0, time)
    if (trouble !== undefined) this.problem(trouble)
    if (partition !== undefined && this.#partitions.length === this.#sizes.length) this.#partitions.push(partition)
    this.#sizes.push(valueBytes)
    this.#keyOf.push(index)
  }

  build(): Profile {
    const keys = this.#wrong === 0 ? this.#makeKeys() : []
    const problems = [...this.#problems]
    const path = this.#path
    if (this.#wrong > problemsToldMax)
      problems.push({ path, message: `${this.#wrong - problemsToldMax} more lines are wrong` })
    if (this.#wrong === 0 && this.#sizes.length === 0) problems.push({ path, message: 'the profile holds no records' })
    if (problems.length > 0) throw configError(problems)
    const { timesMs } = this.#times
    return {
      sizes: Int32Array.from(this.#sizes),
      keyOf: Int32Array.from(this.#keyOf),
      keys,
      ...(this.#partitions.length === this.#sizes.length && { partitions: Int32Array.from(this.#partitions) }),
      ...(timesMs !== undefined && { timesMs: Float64Array.from(timesMs) }),
    }
  }

  /** Keys of one length are numbered, in decimal digits where they fit and in binary where not. */
  #makeKeys(): Buffer[] {
    const counts = new Map<number, number>()
    const ranks = this.#keys.map(key => {
      if (typeof key !== 'number') return 0
      const rank = counts.get(key) ?? 0
      counts.set(key, rank + 1)
      return rank
    })
    for (const [bytes, count] of counts) {
      if (count <= 256 ** bytes) continue
      this.#wrong++
      const message = `${count} keys of ${bytes} ${bytes === 1 ? 'byte' : 'bytes'} cannot all differ`
      this.#problems.push({ path: this.#path, message })
    }
    return this.#keys.map((key, index) => {
      if (typeof key !== 'number') return key
      return madeKey(ranks[index]!, key, counts.get(key)! <= 10 ** key)
    })
  }
}

function madeKey(rank: number, bytes: number, isDecimal: boolean): Buffer {
  if (isDecimal) return Buffer.from(bytes === 0 ? '' : String(rank).padStart(bytes, '0'), 'latin1')
  const key = Buffer.alloc(bytes)
  for (let at = bytes - 1, rest = rank; at >= 0 && rest > 0; at--, rest = Math.floor(rest / 256)) key[at] = rest % 256
  return key
}

const isBytes = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= bytesMax
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

function readJsonLine(line: string, builder: ProfileBuilder): void {
  let entry: unknown
  try {
    entry = JSON.parse(line)
  } catch {
    return builder.problem('is not JSON')
  }
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return builder.problem('is no JSON object')
  const { profile, version } = entry as Readonly<Record<string, unknown>>
  if (!builder.isBegun && profile !== undefined) {
    builder.isBegun = true
    if (!versionsRead.includes(version))
      builder.problem(`profiles of the versions ${versionsRead.join(' and ')} are read, this is another`)
    return
  }
  builder.isBegun = true
  const read = readEntry(entry as Readonly<Record<string, unknown>>)
  if ('problems' in read) for (const problem of read.problems) builder.problem(problem)
  else builder.add(read)
}

function readEntry(entry: Readonly<Record<string, unknown>>): ProfileEntry | { readonly problems: readonly string[] } {
  const { valueBytes, tombstone, key, keyBytes, partition, atMs, gapMs } = entry
  const hasKey = key !== undefined && key !== null
  const checks: readonly (readonly [holds: boolean, problem: string])[] = [
    [isBytes(valueBytes), 'valueBytes is not a number of bytes'],
    [tombstone === undefined || typeof tombstone === 'boolean', 'tombstone is neither true nor false'],
    [
      tombstone !== true || !isBytes(valueBytes) || valueBytes === 0,
      'a tombstone has no value, and its valueBytes is 0',
    ],
    [!hasKey || isWhole(key), 'key is not a whole number from 0'],
    [!hasKey || isBytes(keyBytes), 'keyBytes is not a number of bytes'],
    [
      partition === undefined || (isWhole(partition) && partition <= partitionMax),
      'partition is not its number, from 0',
    ],
    [atMs === undefined || isTime(atMs), 'atMs is not a number of milliseconds from 0'],
    [gapMs === undefined || Number.isFinite(gapMs), 'gapMs is not a number of milliseconds'],
  ]
  const problems = checks.flatMap(([holds, problem]) => (holds ? [] : [problem]))
  if (problems.length > 0) return { problems }
  return {
    valueBytes: tombstone === true ? -1 : (valueBytes as number),
    ...(hasKey && { key: { name: key as number, bytes: keyBytes as number } }),
    ...(partition !== undefined && { partition: partition as number }),
    ...(atMs !== undefined && { atMs: atMs as number }),
    ...(gapMs !== undefined && { gapMs: gapMs as number }),
  }
}

/** No topic has as many. */
const partitionMax = 2 ** 31 - 1
const isTime = (value: unknown): boolean => Number.isFinite(value) && (value as number) >= 0

function readCsvLine(line: string, builder: ProfileBuilder): void {
  if (!builder.isBegun) {
    builder.isBegun = true
    if (!/^\s*"?value_bytes"?\s*,\s*"?key"?\s*$/.test(line)) builder.problem('the first line is not value_bytes,key')
    return
  }
  const [, size, quoted, plain = ''] = /^\s*"?(\d+)"?\s*,(?:"((?:[^"]|"")*)"|([^",]*))\s*$/.exec(line) ?? []
  if (size === undefined)
    return builder.problem('is not value_bytes,key: a size, and a key (in double quotes where it has commas or quotes)')
  const valueBytes = Number(size)
  if (!isBytes(valueBytes)) return builder.problem(`${size} bytes are more than any Kafka request holds`)
  const key = quoted?.replaceAll('""', '"') ?? plain.trim()
  builder.add({ valueBytes, ...(key !== '' && { key: { name: key, bytes: Buffer.from(key) } }) })
}
