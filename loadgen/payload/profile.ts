// A profile of a topic: how long each value is, and which key it has; as far as it was captured, where each record was and
// when. Records that follow it have its sizes and its repetition of keys, in its order, and from the beginning again after its
// end; contents are made up.
import { readFileSync, statSync } from 'node:fs'
import { MillraceError } from '../../core/errors.ts'
import type { SizePlan } from '../plan.ts'
import { parseProfile } from './profile-text.ts'

export interface Profile {
  /** Of the values, in bytes, record by record; -1: the value is null (a tombstone). */
  readonly sizes: Int32Array
  /** Which of `keys` each record has; -1: none. */
  readonly keyOf: Int32Array
  readonly keys: readonly Buffer[]
  /** Where each record was; absent: the file does not say it of every record. */
  readonly partitions?: Int32Array
  /** When each record was, in milliseconds since the first, never running backwards; absent: the file does not say. */
  readonly timesMs?: Float64Array
}

let last: { readonly mark: string; readonly profile: Profile } | undefined

/** Throws CONFIG_INVALID with all that is wrong. Both sources of a worker ask for it, so that the last one read is kept. */
export function readProfile(path: string): Profile {
  let content: Buffer
  let mark: string
  try {
    const { mtimeMs, size } = statSync(path)
    mark = `${mtimeMs} ${size} ${path}`
    if (last?.mark === mark) return last.profile
    content = readFileSync(path)
  } catch (cause) {
    const message = `--payload replay:${path} cannot be read: ${(cause as Error).message}`
    throw new MillraceError('CONFIG_INVALID', message, { cause })
  }
  const profile = parseProfile(content.toString('utf8'), path)
  last = { mark, profile }
  return profile
}

export function sizeOfProfile({ sizes }: Profile): SizePlan {
  const bytesMin = Math.max(
    0,
    sizes.reduce((one, other) => Math.min(one, other)),
  )
  const bytesMax = Math.max(
    0,
    sizes.reduce((one, other) => Math.max(one, other)),
  )
  return bytesMin === bytesMax ? { kind: 'fixed', bytes: bytesMin } : { kind: 'uniform', bytesMin, bytesMax }
}

/** Of the longest key; -1: no record has one. */
export const keyBytesMax = ({ keys }: Profile): number => keys.reduce((most, key) => Math.max(most, key.length), -1)

/** Key and value together, on average. */
export function meanProfileBytes({ sizes, keyOf, keys }: Profile): number {
  let bytes = 0
  for (let index = 0; index < sizes.length; index++)
    bytes += Math.max(0, sizes[index]!) + (keys[keyOf[index]!]?.length ?? 0)
  return bytes / sizes.length
}
