// Ctrl-C: the first asks the run to drain and report, the second leaves at once. SIGTERM counts the same, because
// that is how containers and job runners say it.
import type { EventEmitter } from 'node:events'

const signals = ['SIGINT', 'SIGTERM'] as const

/**
 * npm and npx pass a Ctrl-C on to their child, to which the terminal has delivered it already: signals this close
 * together are one.
 */
export const echoMsMax = 250

export interface Interrupt {
  readonly signal: AbortSignal
  /** Gives the signals back to Node's defaults. */
  release(): void
}

export interface InterruptActions {
  onFirst(): void
  onSecond(): void
}

export type SignalSource = Pick<EventEmitter, 'on' | 'off'>

export function onInterrupt(
  source: SignalSource,
  actions: InterruptActions,
  nowMs = () => performance.now(),
): Interrupt {
  const controller = new AbortController()
  let firstAtMs = 0
  const onSignal = () => {
    if (!controller.signal.aborted) {
      firstAtMs = nowMs()
      actions.onFirst()
      controller.abort()
    } else if (nowMs() - firstAtMs > echoMsMax) actions.onSecond()
  }
  for (const name of signals) source.on(name, onSignal)
  return {
    signal: controller.signal,
    release() {
      for (const name of signals) source.off(name, onSignal)
    },
  }
}
