// A lag report as text: without --group a line for each group, with it a line for each partition.
import type { GroupReport, LagReport, PartitionReport } from '../agents/index.ts'
import { formatDuration } from '../core/format.ts'
import { countText, plural } from '../loadgen/report/format.ts'

const gapsShownMax = 10
const unknown = '-'

export function lagText(report: LagReport, isDetailed: boolean): string {
  const body = isDetailed ? report.groups.map(groupBlock) : [table(groupHeads, report.groups.map(groupCells))]
  const nothing = report.groups.length === 0 ? ['no groups'] : body
  return `${[...nothing, ...gapBlock(report)].join('\n\n')}\n`
}

// ---- groups ----

const groupHeads = ['GROUP', 'TYPE', 'STATE', '>MEMBERS', '>PARTITIONS', '>LAG', '>BEHIND', 'NOTE']

const groupCells = (group: GroupReport): string[] => [
  shown(group.groupId),
  group.type,
  group.state || unknown,
  group.members === undefined ? unknown : countText(group.members),
  countText(group.partitions.length),
  countText(group.lag),
  secondsText(group.lagSecondsMax),
  groupNotes(group).join('; '),
]

function groupNotes({ lost, unknownPartitions, partitions, members }: GroupReport): string[] {
  const ahead = partitions.filter(({ lag }) => (lag?.ahead ?? 0) > 0).length
  const isAbandoned = members === 0 && partitions.some(({ lag }) => (lag?.toRead ?? 0) > 0)
  return [
    ...(isAbandoned ? ['nobody reads'] : []),
    ...(lost > 0 ? [`${plural(lost, 'offset')} lost to retention`] : []),
    ...(ahead > 0 ? [`commit beyond the end on ${plural(ahead, 'partition')}`] : []),
    ...(unknownPartitions > 0 ? [`${plural(unknownPartitions, 'partition')} without a lag`] : []),
  ]
}

// ---- partitions ----

const partitionHeads = ['TOPIC', '>PARTITION', '>COMMITTED', '>END', '>LAG', '>BEHIND', 'MEMBER', 'NOTE']

function groupBlock(group: GroupReport): string {
  const { groupId, type, state, assignor, members, coordinator } = group
  const facts = [
    `${type} group`,
    state,
    ...(assignor === undefined ? [] : [`assignor ${assignor}`]),
    ...(members === undefined ? [] : [plural(members, 'member')]),
    `coordinator ${coordinator}`,
    `lag ${countText(group.lag)}`,
  ]
  const heading = `${shown(groupId)}: ${facts.filter(fact => fact !== '').join(', ')}`
  if (group.partitions.length === 0) return `${heading}\n  nothing committed, nothing assigned`
  return `${heading}\n${table(partitionHeads, group.partitions.map(partitionCells))}`
}

function partitionCells(row: PartitionReport): string[] {
  const { topic, partition, committed, ends, lag, lagSeconds, member } = row
  return [
    shown(topic),
    String(partition),
    committed === undefined ? unknown : countText(committed),
    ends === undefined ? unknown : countText(ends.highWatermark),
    lag === undefined ? unknown : countText(lag.toEnd),
    secondsText(lagSeconds),
    member === undefined ? unknown : shown(`${member.instanceId ?? member.clientId}@${member.host}`),
    partitionNotes(row).join('; '),
  ]
}

function partitionNotes({ unknown: why, lag }: PartitionReport): string[] {
  if (why === 'no_commit') return ['nothing committed']
  if (why === 'not_told') return ['the broker does not tell the lag of share groups']
  if (lag === undefined) return ['end not known']
  const { toEnd, toStable, toRead, lost, ahead } = lag
  return [
    ...(toStable < toEnd ? [`${countText(toStable)} to the last stable offset (open transaction)`] : []),
    ...(lost > 0 ? [`${countText(lost)} lost to retention, ${countText(toRead)} left to read`] : []),
    ...(ahead > 0 ? [`commit ${countText(ahead)} beyond the end: topic made again, or data lost`] : []),
  ]
}

// ---- around ----

function gapBlock({ gaps }: LagReport): string[] {
  if (gaps.length === 0) return []
  const lines = gaps.slice(0, gapsShownMax).map(({ about, name, reason, message }) => {
    return `  ${about} ${shown(name)}: ${reason}: ${shown(message)}`
  })
  const more = gaps.length > gapsShownMax ? [`  and ${countText(gaps.length - gapsShownMax)} more`] : []
  return [[`not found out:`, ...lines, ...more].join('\n')]
}

const secondsText = (seconds: number | undefined) => (seconds === undefined ? unknown : formatDuration(seconds * 1000))

/** Names come from a cluster: control characters would draw on the terminal. */
const shown = (text: string) => text.replaceAll(/\p{Cc}/gu, character => JSON.stringify(character).slice(1, -1))

/** Heads that begin with > stand over numbers: to the right. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const names = heads.map(head => head.replace('>', ''))
  const widths = names.map((name, column) => Math.max(name.length, ...rows.map(row => row[column]!.length)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        heads[column]!.startsWith('>') ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd()
  return [line(names), ...rows.map(line)].join('\n')
}
