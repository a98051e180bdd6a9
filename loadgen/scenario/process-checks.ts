// What consumers that do something with their records cannot do as well.
import type { Rule } from './bench-checks.ts'
import { flagPath } from './bench-options.ts'
import { hasTransactions, isHandling } from './bench-plan.ts'

const handlingFlags = ['forwardTopic', 'deadLetterTopic', 'errorRatio'] as const

export const processRules: readonly Rule[] = [
  ({ mode, options }) => {
    if (mode !== 'consume' || !hasTransactions(options) || isHandling(options)) return undefined
    const at = options.transactionalId === undefined ? 'abortRatio' : 'transactionalId'
    return { at, message: 'of a consumer needs --forward-topic or --dead-letter-topic: it writes nothing' }
  },

  ({ options }) =>
    options.processRetries > 0 && options.errorRatio === 0
      ? { at: 'processRetries', message: 'needs --error-ratio: nothing fails' }
      : undefined,

  ({ mode, options: { topic, forwardTopic, deadLetterTopic } }) => {
    const at = (['forwardTopic', 'deadLetterTopic'] as const).find(
      key => topic !== undefined && { forwardTopic, deadLetterTopic }[key] === topic,
    )
    if (at !== undefined) return { at, message: 'is the topic that is read: it would never end' }
    const isOne = mode === 'consume' && forwardTopic !== undefined && forwardTopic === deadLetterTopic
    return isOne ? { at: 'deadLetterTopic', message: 'must be another one than --forward-topic' } : undefined
  },

  ({ mode, options }) =>
    mode === 'consume' && isHandling(options) && hasTransactions(options) && options.abortRatio === 1
      ? { at: 'abortRatio', message: 'of 1 would read the same records for ever: it must be less' }
      : undefined,

  ({ options, given }) => {
    if (!isHandling(options)) return undefined
    const at = (['decode', 'noStamps', 'catchUp', 'books'] as const).find(key => given(key))
    const flag = handlingFlags.find(key => given(key))
    return at && { at, message: `has no meaning with ${flagPath(flag ?? 'forwardTopic')}: leave it out` }
  },

  ({ options, given }) => {
    if (options.client === 'wire') return undefined
    const at = ([...handlingFlags, 'processTime', 'processBatchTime'] as const).find(key => given(key))
    return at && { at, message: `is for --client wire: what ${options.client} reads is only counted` }
  },
]
