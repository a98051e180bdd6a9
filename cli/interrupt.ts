// Ctrl-C: the first asks the run to drain and report, the second leaves at once. SIGTERM counts the same, because
// that is how containers and job runners say it.
import type { EventEmitter } from 'node:events'

const signals = ['SIGINT', 'SIGTERM'] as const

export interface Interrupt {
  readonly signal: AbortSignal
  /** Gives the signals back to Node's defaults. */
  release(): void
}

export interface InterruptActions {
  onFirst(): void
  onSecond(): void
}

export function onInterrupt(source: Pick<EventEmitter, 'on' | 'off'>, actions: InterruptActions): Interrupt {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) return actions.onSecond()
    actions.onFirst()
    controller.abort()
  }
  for (const name of signals) source.on(name, onSignal)
  return {
    signal: controller.signal,
    release() {
      for (const name of signals) source.off(name, onSignal)
    },
  }
}
