// How the settings of the agent are read. A refusal says what would be right.
import { type Parsed, parseDuration, parseWhole } from '../core/units.ts'
import { expressionOf } from './matcher.ts'

/** Milliseconds. The bounds as a user would write them. */
export function duration(min: string, max: string): (text: string) => Parsed<number> {
  const [minMs, maxMs] = [min, max].map(text => (parseDuration(text) as { value: number }).value)
  return text => {
    const parsed = parseDuration(text)
    if ('problem' in parsed || (parsed.value >= minMs! && parsed.value <= maxMs!)) return parsed
    return { problem: `${text} is out of range: it must be between ${min} and ${max}` }
  }
}

/** A setting that is one of some words. */
export const choice = <const T extends string>(...words: readonly T[]) => ({
  placeholder: words.join('|'),
  words,
  parse: (text: string): Parsed<T> => {
    const found = words.find(word => word === text)
    return found === undefined ? { problem: `"${text}" is not one of ${words.join(', ')}` } : { value: found }
  },
})

export const yesOrNo = {
  placeholder: 'true|false',
  words: ['true', 'false'],
  parse: (text: string): Parsed<boolean> =>
    text === 'true' || text === 'false'
      ? { value: text === 'true' }
      : { problem: `"${text}" is neither true nor false` },
} as const

export function parsePattern(text: string): Parsed<string> {
  if (text === '') return { problem: 'must not be empty' }
  try {
    expressionOf(text)
    return { value: text }
  } catch (error) {
    return { problem: `${text} is not a regular expression: ${error instanceof Error ? error.message : String(error)}` }
  }
}

export const whole = parseWhole

export const parseName = (text: string): Parsed<string> =>
  text.trim() === '' ? { problem: 'must not be empty' } : { value: text }

export { type ListenAddress, parseListen } from '../core/listen.ts'
