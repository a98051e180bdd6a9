// What every collector is. A new one is a file in collectors/ with `defineCollector`, its metrics in metrics/catalog/, and a
// line in collectors/index.ts; flags, settings, reference, thread, readiness and the series about it come by themselves.
//
//   make(context, values) ──> look() every interval ──> { data, gaps, takenAtMs } ──> families[profile](cluster, data) ──> page
//
// `look` asks the cluster and judges; `families` is pure. What a look could not find out is a gap with a reason, and no
// value; a look that throws has failed as a whole, and the data of the last good one stay on the page with their age.
import type { Family } from '../metrics/exposition.ts'
import type { Cluster } from '../wire/cluster.ts'
import type { Gap } from './gap.ts'
import type { Matcher } from './matcher.ts'
import type { SettingTable, ValuesOf } from './setting.ts'

export interface CollectorContext {
  /** The `cluster` label. */
  readonly clusterName: string
  readonly cluster: Cluster
  /** Of one request. */
  readonly timeoutMs: number
  readonly isGroupWanted: Matcher
  readonly isTopicWanted: Matcher
  /** Wall clock, milliseconds since the epoch. */
  readonly nowMs: () => number
}

export interface Look<Data> {
  readonly data: Data
  readonly gaps: readonly Gap[]
  /** Wall clock of the data, milliseconds since the epoch. */
  readonly takenAtMs: number
}

export interface Collector<Data = unknown> {
  look(): Promise<Look<Data>>
  /** What `apiPath` of its kind says, from the last look; undefined: there was none. To be made JSON of. */
  answer?(query: URLSearchParams): unknown | Promise<unknown>
  close?(): Promise<void>
}

/** Names that the same data may go by on the page; native is millrace's own. */
export const profileNames = ['native', 'kafka_exporter', 'kafka-lag-exporter', 'kminion'] as const
export type ProfileName = (typeof profileNames)[number]

/** Pure: what was found, as samples. `isOnly`: the agent watches no other cluster, so names of others need not name it. */
export type Families<Data> = (clusterName: string, data: Data, isOnly: boolean) => readonly Family[]

export interface CollectorKind<Data = unknown, Settings extends SettingTable = SettingTable> {
  readonly name: string
  /** One line for help and reference: what it looks at. */
  readonly help: string
  readonly isOnByDefault: boolean
  /** From the beginning of one look to that of the next, as a user would write it. */
  readonly interval: string
  /** Of one request, as a user would write it. */
  readonly timeout: string
  /** Collectors of a cluster that name another thread have one apart: what measures time is not held up by what computes. */
  readonly thread?: string
  /** Served as JSON: `/api/v1/lag`. */
  readonly apiPath?: string
  readonly settings: Settings
  make(context: CollectorContext, values: ValuesOf<Settings>): Collector<Data>
  readonly families: { readonly native: Families<Data> } & Readonly<Partial<Record<ProfileName, Families<Data>>>>
}

/** Keeps the types of data and settings together while it is written; a table holds collectors of all kinds. */
export const defineCollector = <Data, const Settings extends SettingTable>(
  kind: CollectorKind<Data, Settings>,
): CollectorKind => kind as unknown as CollectorKind
