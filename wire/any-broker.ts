// For what any broker can answer: ask one, and the next as soon as that one has failed or is slow. A broker that is frozen
// accepts connections and answers nothing; whoever waited for it alone would know nothing of the others meanwhile.
import { isMillraceError, type MillraceError } from '../core/errors.ts'

export interface AnyBrokerOptions {
  /** After this long without an answer the next one is asked as well. The first answer counts, whoever gives it. */
  readonly patienceMs: number
  /** No further one is asked after this; those that were asked have their own limits. */
  readonly giveUpMs: number
  readonly nowMs: () => number
  /** Resolves early when the signal says so. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Rejects with what all of them said, in the order in which they were asked. */
export async function firstAnswer<Node, Answer>(
  candidates: Iterable<Node>,
  ask: (node: Node) => Promise<Answer>,
  { patienceMs, giveUpMs, nowMs, wait }: AnyBrokerOptions,
  allFailed: (failures: readonly MillraceError[]) => MillraceError,
): Promise<Answer> {
  const giveUpAtMs = nowMs() + giveUpMs
  const asked: Promise<Answer>[] = []
  for (const node of candidates) {
    if (asked.length > 0 && nowMs() >= giveUpAtMs) break
    const asking = ask(node)
    asked.push(asking)
    const heard = new AbortController()
    const outcome = asking.then(
      () => 'answered' as const,
      () => 'failed' as const,
    )
    const patience = wait(patienceMs, heard.signal).then(() => 'slow' as const)
    const earlier = firstOf(asked.slice(0, -1))
    const first = await Promise.race([outcome, patience, earlier])
    heard.abort()
    if (first === 'answered') break
  }
  const outcomes = Promise.allSettled(asked)
  try {
    return await Promise.any(asked)
  } catch {
    const failures = (await outcomes).map(each => (each as PromiseRejectedResult).reason)
    // What is no error of the protocol is a mistake in here, and no reason to ask somebody else.
    throw failures.find(error => !isMillraceError(error)) ?? allFailed(failures)
  }
}

/** Never resolves when none of them answers. */
function firstOf<T>(asked: readonly Promise<T>[]): Promise<'answered'> {
  return new Promise(resolve => {
    for (const each of asked) each.then(() => resolve('answered'), () => {}) // biome-ignore format: one line
  })
}
