// Shows that the first signal asks to drain and the second leaves at once. Method: an emitter in place of the process.
import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { onInterrupt } from '../../cli/interrupt.ts'

function interrupted(...signals: readonly string[]) {
  const events = new EventEmitter()
  const calls: string[] = []
  const interrupt = onInterrupt(events, {
    onFirst: () => calls.push('first'),
    onSecond: () => calls.push('second'),
  })
  for (const signal of signals) events.emit(signal)
  return { events, calls, interrupt }
}

describe('interrupt', () => {
  it.each(['SIGINT', 'SIGTERM'])('%s aborts', signal => {
    const { calls, interrupt } = interrupted(signal)
    expect(calls).toEqual(['first'])
    expect(interrupt.signal.aborted).toBe(true)
  })

  it('a second one leaves, whichever it is', () => {
    expect(interrupted('SIGINT', 'SIGTERM').calls).toEqual(['first', 'second'])
  })

  it('nothing is aborted before', () => expect(interrupted().interrupt.signal.aborted).toBe(false))

  it('after release the signals are Node’s again', () => {
    const { events, interrupt } = interrupted()
    interrupt.release()
    expect(events.eventNames()).toEqual([])
  })
})
