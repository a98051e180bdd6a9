// Values from a text file: each record's is one of them, drawn at random, as Kafka's kafka-producer-perf-test does it.
import { readFileSync } from 'node:fs'
import { MillraceError } from '../../core/errors.ts'

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
  // A payload that is taken whole may be anything; one that is cut up is text.
  const values =
    delimiter === undefined
      ? [content]
      : splitValues(content.toString('utf8'), delimiter).map(text => Buffer.from(text))
  if (content.length > 0 && values.length > 0) return values
  throw new MillraceError('CONFIG_INVALID', `payload file ${path} holds no values`)
}
