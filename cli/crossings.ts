// Thresholds in a log of lines.
import { stateText } from '../loadgen/report/threshold-text.ts'
import type { ThresholdResult } from '../loadgen/verdict/thresholds/model.ts'

/** A log has no place for the state of thresholds in each line: only changes are told. */
export class Crossings {
  readonly #crossed = new Set<number>()

  news(thresholds: readonly ThresholdResult[], elapsedSec: number): string[] {
    return thresholds.flatMap((threshold, index) => {
      const isCrossed = !threshold.ok && threshold.samples > 0
      if (isCrossed === this.#crossed.has(index)) return []
      if (isCrossed) this.#crossed.add(index)
      else this.#crossed.delete(index)
      return [`threshold at ${elapsedSec.toFixed(0)} s: ${threshold.metric} ${stateText(threshold)}`]
    })
  }
}
