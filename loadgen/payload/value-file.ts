// Values from a text file: each record's is one of them, drawn at random, as Kafka's kafka-producer-perf-test does it.
import { readFileSync } from 'node:fs'
import { MillraceError } from '../../core/errors.ts'
import type { SizePlan } from '../plan.ts'

/**
 * Like java.util.Scanner, whose delimiter is a regular expression: a delimiter at the very beginning or end is passed over, two in
 * a row have an empty value between them. Without a delimiter the whole text is the one value.
 */
export function splitValues(text: string, delimiter: string | undefined): string[] {
  if (delimiter === undefined) return [text]
  const values = text.split(new RegExp(delimiter, 'su'))
  if (values[0] === '') values.shift()
  if (values.at(-1) === '') values.pop()
  return values
}

/** The values of a file, as bytes of UTF-8; throws CONFIG_INVALID when it cannot be read or holds none. */
export function readValues(path: string, delimiter: string | undefined): Buffer[] {
  let content: Buffer
  try {
    content = readFileSync(path)
  } catch (cause) {
    throw new MillraceError('CONFIG_INVALID', `payload file ${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    })
  }
  const values = valuesIn(content, delimiter)
  if (values.length > 0) return values
  throw new MillraceError('CONFIG_INVALID', `payload file ${path} holds no values`)
}

/** A payload that is taken whole may be anything; one that is cut up is text. None in an empty file. */
export function valuesIn(content: Buffer, delimiter: string | undefined): Buffer[] {
  if (content.length === 0) return []
  if (delimiter === undefined) return [content]
  return splitValues(content.toString('utf8'), delimiter).map(text => Buffer.from(text))
}

/** From the smallest to the largest of the values. */
export function sizeOf(values: readonly Buffer[]): SizePlan {
  const sizes = values.map(value => value.length)
  const bytesMin = sizes.reduce((one, other) => Math.min(one, other))
  const bytesMax = sizes.reduce((one, other) => Math.max(one, other))
  return bytesMin === bytesMax ? { kind: 'fixed', bytes: bytesMin } : { kind: 'uniform', bytesMin, bytesMax }
}
