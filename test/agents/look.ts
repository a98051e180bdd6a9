// One look of a collector at a cluster, as the samples that it puts on the page.
import type { CollectorKind, ProfileName } from '../../agents/collector.ts'
import { collectorSettings } from '../../agents/collector-settings.ts'
import type { Gap } from '../../agents/gap.ts'
import { everything, matcherOf, type NameFilter } from '../../agents/matcher.ts'
import { Family } from '../../metrics/exposition.ts'
import type { Cluster } from '../../wire/cluster.ts'

export interface LookOptions {
  readonly values?: Readonly<Record<string, unknown>>
  readonly topics?: NameFilter
  readonly groups?: NameFilter
  readonly profile?: ProfileName
  readonly nowMs?: () => number
}

export interface Looked {
  readonly gaps: readonly Gap[]
  /** `name{labels} value`, without the prefix `millrace_`. */
  readonly lines: readonly string[]
  /** Of the one sample with this name and these labels, `name{...}`. */
  value(sample: string): number | undefined
}

/** A collector that can look again and again, and remembers what it saw. */
export function looker(kind: CollectorKind, cluster: Cluster, options: LookOptions = {}) {
  const [settings] = collectorSettings({ [kind.name]: { isOn: true, values: options.values ?? {} } }).filter(
    ({ name }) => name === kind.name,
  )
  const context = {
    clusterName: 'c',
    cluster,
    timeoutMs: 2_000,
    isGroupWanted: matcherOf(options.groups ?? everything),
    isTopicWanted: matcherOf(options.topics ?? everything),
    nowMs: options.nowMs ?? Date.now,
  }
  const collector = kind.make(context, settings!.values)
  const look = async (): Promise<Looked> => {
    const { data, gaps } = await collector.look()
    const text = textOf(kind.families[options.profile ?? 'native']!('c', data, true))
    const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#')) // biome-ignore format: one line
    const shown = lines.map(line => line.replace(/^millrace_/, ''))
    const value = (sample: string) => {
      const line = shown.find(each => each.startsWith(`${sample} `))
      return line === undefined ? undefined : Number(line.slice(sample.length + 1))
    }
    return { gaps, lines: shown, value }
  }
  const answer = async (query: string) => collector.answer?.(new URLSearchParams(query))
  return Object.assign(look, { answer, close: async () => collector.close?.() })
}

/** Each metric under one head, in the Prometheus text format. */
export function textOf(families: readonly Family[]): string {
  const byName = Map.groupBy(families, ({ metric }) => metric.name)
  return [...byName.values()].map(same => Family.join(same, 'prometheus')).join('')
}
