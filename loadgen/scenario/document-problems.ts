// What is wrong with the form of a document, in words that say what would be right: zod finds it, this file tells it.
import type { z } from 'zod'
import { nearestName } from '../../core/config.ts'
import type { ConfigProblem } from '../../core/errors.ts'
import { benchFlags } from './bench-flags.ts'
import { executorNames, kafkaKeys, testDocument } from './document.ts'

type Issue = z.core.$ZodIssue

export function problemsOf(issue: Issue, pathOf: (path: string) => string, document: unknown): ConfigProblem[] {
  const path = pathOf(pathText(issue.path))
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => ({
      path: pathOf(pathText([...issue.path, key])),
      message: unknownKey(issue.path, key),
    }))
  }
  if (issue.code === 'invalid_union' && issue.path.at(-1) === 'executor') {
    return [{ path, message: wrongExecutor(valueAt(document, issue.path)) }]
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // Of the alternatives, the one that came furthest is the one that was meant.
    const furthest = issue.errors.toSorted((a, b) => deepest(b) - deepest(a))[0]!
    return furthest.flatMap(inner => {
      const whole = { ...inner, path: [...issue.path, ...inner.path] } as Issue
      return problemsOf(whole, pathOf, document)
    })
  }
  if (issue.code === 'invalid_type' && valueAt(document, issue.path) === undefined) {
    return [{ path, message: 'is required' }]
  }
  return [{ path, message: issue.message }]
}

const deepest = (issues: readonly Issue[]) => Math.max(...issues.map(({ path }) => path.length))

export const pathText = (path: readonly PropertyKey[]): string =>
  path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`)).join('')

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value)

function wrongExecutor(given: unknown): string {
  const names = executorNames.join(', ')
  if (given === undefined) return `is required: one of ${names}`
  if (given === 'externally-controlled')
    return `externally-controlled is not supported (k6 2.0 has removed it): use one of ${names}`
  const near = nearestName(String(given), executorNames)
  return near === undefined ? `"${given}" is not one of ${names}` : `"${given}" is not known; did you mean ${near}?`
}

function unknownKey(path: readonly PropertyKey[], key: string): string {
  const isKafka = path.at(-1) === 'kafka'
  const known = isKafka ? [...kafkaKeys, 'role', 'lane'] : path.length === 0 ? Object.keys(testDocument.shape) : []
  const near = nearestName(key, known)
  if (near !== undefined) return `is not known; did you mean ${near}?`
  if (isKafka && key in benchFlags) return 'is decided by the executor of the scenario'
  return 'is not known here'
}
