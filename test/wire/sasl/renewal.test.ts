// Shows when a session is renewed: late in a long lifetime, and in a short one early enough that a flooded broker can answer
// what is in flight before; and that what is in flight is awaited, and new requests go on behind it.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SessionRenewal } from '../../../wire/sasl/renewal.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
afterEach(() => void vi.useRealTimers())

const second = 1_000
const hour = 3_600 * second

/** What a renewal did, and when. */
function renewing(lifetimeMs: number, random: number, drainMs = 0) {
  const startMs = Date.now()
  const done: [what: string, atMs: number][] = []
  const note = (what: string) => done.push([what, Date.now() - startMs])
  const renewal = new SessionRenewal({
    random: () => random,
    hold: async () => {
      note('hold')
      await new Promise(resolve => setTimeout(resolve, drainMs))
    },
    authenticate: async () => {
      note('authenticate')
      return 0
    },
    release: () => note('release'),
    failed: error => note(String(error)),
  })
  renewal.schedule(lifetimeMs)
  return { renewal, done }
}

describe('a session', () => {
  const cases = [
    { lifetime: 'an hour', lifetimeMs: hour, random: 0, atMs: 0.85 * hour },
    { lifetime: 'an hour', lifetimeMs: hour, random: 1, atMs: 0.95 * hour },
    { lifetime: 'a minute', lifetimeMs: 60 * second, random: 1, atMs: 55 * second },
    { lifetime: 'three seconds', lifetimeMs: 3 * second, random: 1, atMs: 1.5 * second },
    { lifetime: 'three seconds', lifetimeMs: 3 * second, random: 0, atMs: 1.342 * second },
  ]
  it.each(cases)('of $lifetime is renewed after $atMs ms (drawn: $random)', async ({ lifetimeMs, random, atMs }) => {
    const { done } = renewing(lifetimeMs, random)
    await vi.advanceTimersByTimeAsync(atMs - 1)
    expect(done).toEqual([])
    await vi.advanceTimersByTimeAsync(lifetimeMs)
    expect(done.map(([what]) => what)).toEqual(['hold', 'authenticate', 'release'])
    expect(done[0]![1]).toBeCloseTo(atMs, -1)
  })

  it('is renewed when what was in flight is answered, and not before', async () => {
    const { done } = renewing(20 * second, 1, 4 * second)
    await vi.advanceTimersByTimeAsync(20 * second)
    expect(done).toEqual([
      ['hold', 15 * second],
      ['authenticate', 19 * second],
      ['release', 19 * second],
    ])
  })

  it('shorter than Kafka takes a renewal for is renewed as soon as it does', async () => {
    const { done } = renewing(second, 1)
    await vi.advanceTimersByTimeAsync(2 * second)
    expect(done.map(([what]) => what)).toEqual(['hold', 'authenticate', 'release'])
    expect(done[0]![1]).toBeCloseTo(950, -1)
    expect(done[1]![1]).toBeCloseTo(1_050, -1)
  })

  it('without an end is not renewed, nor is one of a connection that is closed', async () => {
    const endless = renewing(0, 1)
    const closed = renewing(10 * second, 1)
    closed.renewal.stop()
    await vi.advanceTimersByTimeAsync(hour)
    expect([endless.done, closed.done]).toEqual([[], []])
  })
})
