// Shows that the first signal asks to drain and the second leaves at once, and that the echo which npm makes of a signal is
// not taken for a second. Method: an emitter in place of the process, and a clock that stands still until it is moved.
import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { echoMsMax, onInterrupt } from '../../cli/interrupt.ts'

interface Signalled {
  readonly name: string
  readonly atMs: number
}

function interrupted(...signals: readonly Signalled[]) {
  const events = new EventEmitter()
  const calls: string[] = []
  let nowMs = 0
  const actions = { onFirst: () => calls.push('first'), onSecond: () => calls.push('second') }
  const interrupt = onInterrupt(events, actions, () => nowMs)
  for (const { name, atMs } of signals) {
    nowMs = atMs
    events.emit(name)
  }
  return { events, calls, interrupt }
}

describe('interrupt', () => {
  it.each(['SIGINT', 'SIGTERM'])('%s aborts', signal => {
    const { calls, interrupt } = interrupted({ name: signal, atMs: 5 })
    expect(calls).toEqual(['first'])
    expect(interrupt.signal.aborted).toBe(true)
  })

  it('a second one leaves, whichever it is', () => {
    const calls = interrupted({ name: 'SIGINT', atMs: 5 }, { name: 'SIGTERM', atMs: 6 + echoMsMax }).calls
    expect(calls).toEqual(['first', 'second'])
  })

  it('an echo of the first is none', () => {
    const calls = interrupted({ name: 'SIGINT', atMs: 5 }, { name: 'SIGINT', atMs: 5 + echoMsMax }).calls
    expect(calls).toEqual(['first'])
  })

  it('nothing is aborted before', () => expect(interrupted().interrupt.signal.aborted).toBe(false))

  it('after release the signals are Node’s again', () => {
    const { events, interrupt } = interrupted()
    interrupt.release()
    expect(events.eventNames()).toEqual([])
  })
})
