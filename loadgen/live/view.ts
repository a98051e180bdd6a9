// A run that goes on as a result: what a page that grows shows each second.
import { percentileCurve } from '../../core/distribution.ts'
import type { Progress, RunHooks } from '../progress.ts'
import { type Finished, heatMapsOf, provisionalResult } from '../summary.ts'
import type { ThresholdWatch } from '../verdict/thresholds/watch.ts'

type SoFar = Pick<Finished, 'plan' | 'environment' | 'meter' | 'tally' | 'calibration' | 'run'>

/** Hooks that hand out a view with each window; nothing is worked out unless somebody looks. */
export function withView(hooks: RunHooks, soFar: SoFar, watch: ThresholdWatch | undefined): RunHooks {
  const { onView } = hooks
  if (onView === undefined) return hooks
  return {
    ...hooks,
    onProgress(progress: Progress) {
      hooks.onProgress?.(progress)
      onView({
        progress,
        result: () => {
          const result = provisionalResult({ ...soFar, delivery: undefined, failure: undefined, reachedEnd: false })
          return { ...result, ...(watch && { thresholds: watch.states() }) }
        },
        heatMaps: () => heatMapsOf(soFar.meter),
        curves: () =>
          Object.fromEntries(
            soFar.meter.measuredTimes().map(({ name, histogram }) => [name, percentileCurve(histogram)]),
          ),
      })
    },
  }
}
