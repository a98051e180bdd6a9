// Histograms for Prometheus, with bounds at powers of the square root of two: those of native histograms of schema 1, so that
// classic and native ones of the same thing can be put together. A quantile is off by a fifth at most.
const boundsPerDoubling = 2
const lowestExponent = -12 // 0.24 ms
const highestExponent = 5 // 32 s

/** Upper bounds, seconds, without the last one, which is infinite. */
export const latencyBoundsSec: readonly number[] = Array.from(
  { length: (highestExponent - lowestExponent) * boundsPerDoubling + 1 },
  (_, index) => 2 ** (lowestExponent + index / boundsPerDoubling),
)

/** Plain data: it is posted to threads. */
export interface BucketCounts {
  /** How many were in each bucket alone; one more than there are bounds. */
  readonly counts: readonly number[]
  readonly sumSec: number
}

export class LatencyBuckets {
  readonly #counts = new Array<number>(latencyBoundsSec.length + 1).fill(0)
  #sumSec = 0

  observe(sec: number, count = 1): void {
    const found = latencyBoundsSec.findIndex(bound => sec <= bound)
    const index = found < 0 ? latencyBoundsSec.length : found
    this.#counts[index] = this.#counts[index]! + count
    this.#sumSec += sec * count
  }

  read(): BucketCounts {
    return { counts: [...this.#counts], sumSec: this.#sumSec }
  }
}
