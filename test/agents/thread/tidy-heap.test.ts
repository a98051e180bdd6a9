// Shows that what a look leaves behind is collected when it is much, and that nothing is done for little. Method: garbage of a known size, and
// what the heap holds afterwards.
import { getHeapStatistics } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { HeapTidier } from '../../../agents/thread/tidy-heap.ts'
import { collectGarbage } from '../../../core/garbage.ts'

const usedBytes = () => getHeapStatistics().used_heap_size

/** Of plain arrays, which are of the heap. */
function makeGarbage(bytes: number): void {
  const kept: number[][] = []
  for (let made = 0; made < bytes; made += 800_000) kept.push(new Array<number>(100_000).fill(0.5))
}

describe('HeapTidier', () => {
  it('collects what is much beside what is kept', () => {
    collectGarbage()
    const tidier = new HeapTidier()
    const before = usedBytes()
    makeGarbage(Math.max(16_000_000, before))
    tidier.tidy()
    expect(usedBytes() - before).toBeLessThan(8_000_000)
  })

  it('takes a third of what is kept for much: a large heap need not grow by half first', () => {
    const kept = Array.from({ length: 100 }, () => new Array<number>(100_000).fill(0.5))
    collectGarbage()
    const tidier = new HeapTidier()
    const before = usedBytes()
    makeGarbage(before / 3)
    tidier.tidy()
    expect(usedBytes() - before).toBeLessThan(8_000_000)
    expect(kept).toHaveLength(100)
  })

  it('leaves little alone', () => {
    collectGarbage()
    const tidier = new HeapTidier()
    makeGarbage(4_000_000)
    const before = usedBytes()
    tidier.tidy()
    expect(usedBytes()).toBeGreaterThanOrEqual(before)
  })
})
