// What an incident is: how it is made and ended, which alerts it must bring and how soon, and which others are no wonder.

import type { Program } from '../../cli/stack/programs.ts'
import type { Notice } from '../../cli/stack/webhook.ts'
import type { KafkaCluster } from '../kafka/harness/index.ts'
import type { Stack } from './stack.ts'

export interface Scene {
  readonly kafka: KafkaCluster
  readonly stack: Stack
  readonly dir: string
  /** A process that reads the topic as the group; named as the group. */
  consumer(group: string, topic: string): Promise<Program>
}

export interface Wanted {
  readonly alert: string
  readonly labels: Readonly<Record<string, string>>
  readonly withinSec: number
}

export interface Incident {
  readonly title: string
  /** What is not as shipped, for the table. */
  readonly note?: string
  /** Before it: until the agent has seen that all is well. */
  readonly prepare?: (scene: Scene) => Promise<void>
  readonly begin: (scene: Scene) => Promise<void>
  readonly end: (scene: Scene) => Promise<void>
  readonly wanted: readonly Wanted[]
  /** These may come as well: they say the same in other words, or have the same cause. */
  readonly allowed?: readonly Omit<Wanted, 'withinSec'>[]
  readonly resolvedWithinSec: number
}

export interface Outcome {
  readonly incident: Incident
  readonly detected: readonly { readonly wanted: Wanted; readonly afterSec: number | undefined }[]
  readonly resolvedAfterSec: number | undefined
}

export const fits = ({ alert, labels }: Omit<Wanted, 'withinSec'>, notice: Notice) =>
  notice.alert === alert && Object.entries(labels).every(([name, value]) => notice.labels[name] === value)

/** Those that no incident wanted or allowed. */
export function unexplained(notices: readonly Notice[], incidents: readonly Incident[]): Notice[] {
  const claims = incidents.flatMap(({ wanted, allowed = [] }) => [...wanted, ...allowed])
  return notices.filter(notice => notice.isFiring && !claims.some(claim => fits(claim, notice)))
}

export const isFiring = (notices: readonly Notice[], wanted: Omit<Wanted, 'withinSec'>): boolean =>
  notices.filter(notice => fits(wanted, notice)).at(-1)?.isFiring === true
