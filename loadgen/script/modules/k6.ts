// `k6`: check, group, sleep, fail, randomSeed.
import { setTimeout as pause } from 'node:timers/promises'
import { makeRandom } from '../../../core/random.ts'
import { callerOf, InterruptedError, throwIfInterrupted } from '../context.ts'
import { sampleTags } from '../samples.ts'

type Check<Value> = (value: Value) => unknown
type Tags = Readonly<Record<string, string | number | boolean>>

/** True when every check holds. Each is counted, in all and by its name. */
export function check<Value>(
  value: Value,
  checks: Readonly<Record<string, Check<Value> | boolean>>,
  tags: Tags = {},
): boolean {
  const caller = callerOf('check')
  throwIfInterrupted(caller)
  let all = true
  for (const [name, each] of Object.entries(checks)) {
    const holds = Boolean(typeof each === 'function' ? each(value) : each)
    caller.registry.add('checks', holds ? 1 : 0, sampleTags(caller, { ...tags, check: name }))
    caller.registry.addCheck(name, holds)
    all &&= holds
  }
  return all
}

/** Ends the iteration with an exception. */
export function fail(reason = 'fail()'): never {
  throw new Error(reason)
}

/** Samples within carry `group`; a group within a group is named with both, as `::outer::inner`. */
export function group<Result>(name: string, work: () => Result): Result {
  const caller = callerOf('group')
  const outer = caller.group
  caller.group = `${outer}::${name}`
  const beginMs = performance.now()
  const end = () => {
    caller.registry.add('group_duration', performance.now() - beginMs, sampleTags(caller, {}))
    caller.group = outer
  }
  let result: Result
  try {
    result = work()
  } catch (error) {
    end()
    throw error
  }
  if (result instanceof Promise) return result.finally(end) as Result
  end()
  return result
}

/**
 * Seconds. To be awaited: `await sleep(1)`. Without await, as k6 writes it, the iteration lasts until it is over, but what stands
 * behind it does not wait.
 */
export function sleep(seconds: number): Promise<void> {
  const caller = callerOf('sleep')
  throwIfInterrupted(caller)
  const { signal, sleeping } = caller
  const sleep = pause(Math.max(0, seconds) * 1000, undefined, { signal }).catch(() => {
    throw new InterruptedError()
  })
  sleeping.add(sleep)
  sleep.catch(() => {}).finally(() => sleeping.delete(sleep))
  return sleep
}

/** From now on Math.random() of this thread gives the same numbers in each run. */
export function randomSeed(seed: number): void {
  const random = makeRandom(seed)
  Math.random = () => random.fraction()
}

export default { check, fail, group, randomSeed, sleep }
