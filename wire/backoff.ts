// How long to wait before trying again: exponential with jitter, as clients of Kafka do since KIP-144 (reconnects) and
// KIP-580 (requests). Pure: the caller counts the failures and brings the randomness.

export interface BackoffRange {
  /** Pause after the first failure. */
  readonly initialMs: number
  /** Never longer than this, jitter included. */
  readonly maxMs: number
}

const factor = 2
const jitter = 0.2

/** Milliseconds to wait after that many failures in a row (1 after the first); 0 when nothing has failed. */
export function backoffMs({ initialMs, maxMs }: BackoffRange, failures: number, random: () => number): number {
  if (failures <= 0) return 0
  // The ceiling leaves room for the jitter. Cutting off afterwards would line all clients up again at the maximum, which
  // is exactly the storm that jitter is there to break up.
  const ceilingMs = maxMs / (1 + jitter)
  const steadyMs = Math.min(initialMs * factor ** (failures - 1), ceilingMs)
  return steadyMs * (1 - jitter + 2 * jitter * random())
}
