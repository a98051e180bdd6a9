// What Kafka's own tools say of groups, as rows to be held beside what the agent says.
import type { KafkaCluster } from './harness/index.ts'

export interface ToolRow {
  /** Group, topic and partition. */
  readonly row: string
  readonly committed: string
  readonly end: string
  readonly lag: string
  readonly member: string
}

const fields = (text: string) => text.split('\n').map(line => line.trim().split(/\s+/))
const isRow = ([group, topic]: readonly (string | undefined)[]) =>
  group !== undefined && topic !== undefined && group !== 'GROUP' && group !== 'Consumer' && group !== 'Share'

export const byRow = (a: { row: string }, b: { row: string }) => (a.row < b.row ? -1 : 1)

/** GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID, for each group under a head of its own. */
export async function consumerGroupRows(kafka: KafkaCluster): Promise<ToolRow[]> {
  const { stdout } = await kafka.tool('kafka-consumer-groups', [
    ...['--bootstrap-server', kafka.bootstrap, '--describe', '--all-groups'],
  ])
  return fields(stdout)
    .filter(isRow)
    .map(([group, topic, partition, committed = '', end = '', lag = '', member = '']) => ({
      row: `${group} ${topic} ${partition}`,
      ...{ committed, end, lag, member },
    }))
    .toSorted(byRow)
}

/** By the names of the tool's own columns. */
export async function describedBy(
  kafka: KafkaCluster,
  tool: 'kafka-share-groups' | 'kafka-streams-groups',
  group: string,
): Promise<Record<string, string>[]> {
  const { stdout, stderr } = await kafka.tool(tool, [
    ...['--bootstrap-server', kafka.bootstrap, '--describe', '--offsets', '--verbose', '--group', group],
  ])
  const lines = fields(stdout)
  const at = lines.findIndex(([first]) => first === 'GROUP')
  if (at < 0) throw new Error(`${tool} says nothing:\n${stdout}${stderr}`)
  const heads = lines[at]!
  return lines
    .slice(at + 1)
    .filter(cells => cells.length === heads.length)
    .map(cells => Object.fromEntries(heads.map((head, column) => [head, cells[column]!])))
}
