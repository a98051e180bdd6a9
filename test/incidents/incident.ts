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
  /** Before it, while all is well. */
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
  readonly beganMs: number
  /** When its alerts were resolved, or were given up on. */
  readonly overMs: number
  readonly detected: readonly { readonly wanted: Wanted; readonly afterSec: number | undefined }[]
  readonly resolvedAfterSec: number | undefined
}

/** What is told of an incident that is over: Alertmanager tells changes of a group once a minute, and of what was inhibited a minute later. */
const settlingMs = 90_000

type Claim = Omit<Wanted, 'withinSec'>

export const fits = ({ alert, labels }: Claim, notice: Notice) =>
  notice.alert === alert && Object.entries(labels).every(([name, value]) => notice.labels[name] === value)

/** Those that no incident wanted or allowed at that time. */
export function unexplained(notices: readonly Notice[], outcomes: readonly Outcome[]): Notice[] {
  const isExplained = (notice: Notice) =>
    outcomes.some(
      ({ incident: { wanted, allowed = [] }, beganMs, overMs }) =>
        notice.atMs >= beganMs &&
        notice.atMs <= overMs + settlingMs &&
        [...wanted, ...allowed].some(claim => fits(claim, notice)),
    )
  return notices.filter(notice => notice.isFiring && !isExplained(notice))
}

export const isFiring = (notices: readonly Notice[], wanted: Claim): boolean =>
  lastFiring(notices.filter(notice => fits(wanted, notice))).length > 0

/** Those whose last word is that they fire. */
export function lastFiring(notices: readonly Notice[]): Notice[] {
  const last = new Map(notices.map(notice => [JSON.stringify([notice.alert, notice.labels]), notice]))
  return [...last.values()].filter(notice => notice.isFiring)
}
