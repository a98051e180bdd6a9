// Shows how --churn is written, and what its refusals say.
import { expect, it } from 'vitest'
import { parseChurn } from '../../../loadgen/scenario/churn-language.ts'

it.each([
  ['leave:30s', { how: 'leave', count: 1, everyMs: 30_000 }],
  ['kill:1m', { how: 'kill', count: 1, everyMs: 60_000 }],
  [' leave:2/30s ', { how: 'leave', count: 2, everyMs: 30_000 }],
])('%s', (text, expected) => {
  expect(parseChurn(text)).toEqual({ value: expected })
})

it.each([
  ['leave', 'is not leave:30s or kill:30s'],
  ['join:30s', 'is not leave:30s or kill:30s'],
  ['leave:0/30s', 'is not leave:30s or kill:30s'],
  ['leave:2/3/30s', 'is not leave:30s or kill:30s'],
  ['kill:30', 'has no unit: write 30s or 30ms'],
  ['kill:10ms', 'must be every 1s to 1d'],
])('%s is refused', (text, problem) => {
  expect(parseChurn(text)).toEqual({ problem: expect.stringContaining(problem) })
})
