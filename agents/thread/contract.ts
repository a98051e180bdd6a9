// What a collecting thread and the agent say to each other. Collecting, judging, rendering and compressing happen in the thread, so
// that the side that answers scrapes is never held up by a large cluster.
import type { Section } from '../../metrics/section.ts'
import type { ClusterSettings } from '../cluster-run.ts'

export interface ThreadStart {
  readonly cluster: ClusterSettings
}

export type ToThread =
  | { readonly kind: 'stop' }
  | { readonly kind: 'ask'; readonly id: number; readonly path: string; readonly query: string }

export type FromThread =
  | { readonly kind: 'connected' }
  /** In the place of what this part of the page was before. */
  | { readonly kind: 'sections'; readonly part: string; readonly sections: readonly Section[] }
  /** A look is over, with whatever outcome. `takenAtMs`: wall clock of the newest data, undefined while there are none. */
  | { readonly kind: 'looked'; readonly collector: string; readonly takenAtMs: number | undefined }
  | { readonly kind: 'notice'; readonly text: string }
  /** `json`: undefined when there are no data yet. */
  | { readonly kind: 'answer'; readonly id: number; readonly json: string | undefined }
