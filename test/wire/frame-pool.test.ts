// Shows that large buffers are used again, that the tightest fit is chosen, and that what is kept is bounded.
import { describe, expect, it } from 'vitest'
import { FramePool } from '../../wire/frame-pool.ts'

const kib = 1024
const mib = 1024 * kib

describe('FramePool', () => {
  it('gives the same memory again for a frame of about the same size', () => {
    const pool = new FramePool()
    const first = pool.take(900 * kib)
    pool.give(first)
    const second = pool.take(1000 * kib)
    expect(second.buffer).toBe(first.buffer)
    expect(second.length).toBe(1000 * kib)
    expect(pool.freeBytes).toBe(0)
  })

  it('never gives memory to two takers, even when it is given back twice', () => {
    const pool = new FramePool()
    const frame = pool.take(mib)
    pool.give(frame)
    pool.give(frame)
    expect(pool.take(mib).buffer).not.toBe(pool.take(mib).buffer)
  })

  it('takes the tightest fit', () => {
    const pool = new FramePool()
    const [small, large] = [pool.take(mib), pool.take(2 * mib)]
    pool.give(large)
    pool.give(small)
    expect(pool.take(mib).buffer).toBe(small.buffer)
  })

  it('leaves a huge buffer to frames that need it', () => {
    const pool = new FramePool()
    const huge = pool.take(32 * mib)
    pool.give(huge)
    expect(pool.take(64 * kib).buffer).not.toBe(huge.buffer)
    expect(pool.take(20 * mib).buffer).toBe(huge.buffer)
  })

  it('keeps at most eight buffers and 64 MiB, the newest', () => {
    const pool = new FramePool()
    const small = Array.from({ length: 12 }, () => pool.take(64 * kib))
    for (const frame of small) pool.give(frame)
    expect(pool.freeBytes).toBe(8 * 64 * kib)
    const large = Array.from({ length: 3 }, () => pool.take(32 * mib))
    for (const frame of large) pool.give(frame)
    expect(pool.freeBytes).toBe(64 * mib)
    expect(pool.take(32 * mib).buffer).toBe(large[1]!.buffer)
  })

  it('lets go of what is larger than all it may keep', () => {
    const pool = new FramePool()
    pool.give(pool.take(100 * mib))
    expect(pool.freeBytes).toBe(0)
  })
})
