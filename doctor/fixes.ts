// Commands that put things right, in Kafka's own tools and a POSIX shell with GNU sed. Names of topics and groups are
// anybody's text: they are quoted.
import type { PartitionMetadata } from '../wire/cluster-metadata.ts'

/** As a shell reads one word. */
export const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

/** Takes every line of the setting out, however it is written, and puts the new one at the end. */
export function inFile(path: string, name: string, value: string): string {
  const pattern = name.replaceAll('.', '\\.')
  return `sed -i -e ${quoted(`/^[ \\t]*${pattern}[ \\t]*[=:]/d`)} -e ${quoted(`$a ${name}=${value}`)} ${quoted(path)}`
}

export interface Commands {
  /** Undefined as entity: for all of the kind. */
  configs(kind: 'topics' | 'brokers', entity: string | undefined, values: Readonly<Record<string, string>>): string
  /** A tool of Kafka against this cluster. */
  tool(name: string, args: string): string
  millrace(command: string, args: string): string
}

/** `connection`: how its user reaches the cluster, `--bootstrap-server ... --command-config ...`. */
export function commandsOf(bootstrap: string, commandConfig?: string): Commands {
  const config = commandConfig === undefined ? '' : ` --command-config ${quoted(commandConfig)}`
  const tool = (name: string, args: string) => `${name}.sh --bootstrap-server ${quoted(bootstrap)}${config} ${args}`
  return {
    tool,
    millrace: (command, args) => `millrace ${command} --bootstrap ${quoted(bootstrap)}${config} ${args}`,
    configs: (kind, entity, values) => {
      const pairs = Object.entries(values).map(
        ([name, value]) => `${name}=${value.includes(',') ? `[${value}]` : value}`,
      )
      const who = entity === undefined ? '--entity-default' : `--entity-name ${quoted(entity)}`
      return tool('kafka-configs', `--alter --entity-type ${kind} ${who} --add-config ${quoted(pairs.join(','))}`)
    },
  }
}

export interface Place {
  readonly id: number
  readonly rack: string | null
}

/**
 * The reassignment that gives every partition `replicas` replicas: those that it has stay, leaders first, and others come in
 * turn, from racks that the partition is not in yet where there are any.
 */
export function replicasFix(
  commands: Commands,
  topic: string,
  partitions: readonly Pick<PartitionMetadata, 'index' | 'replicas'>[],
  brokers: readonly Place[],
  replicas: number,
): string {
  const moves = partitions.map(({ index: partition, replicas: now }) => ({
    topic,
    partition,
    replicas: placed(now, partition, brokers, replicas),
  }))
  return reassignment(commands, moves)
}

export interface Move {
  readonly topic: string
  readonly partition: number
  readonly replicas: readonly number[]
}

/** More partitions than this do not go into a command line. */
const movesMax = 100

export function reassignment(commands: Commands, moves: readonly Move[]): string {
  const shown = moves.slice(0, movesMax)
  const json = JSON.stringify({ version: 1, partitions: shown })
  const rest =
    shown.length < moves.length ? `   # and the other ${moves.length - shown.length} partitions likewise` : ''
  return `${commands.tool('kafka-reassign-partitions', `--execute --reassignment-json-file <(printf %s ${quoted(json)})`)}${rest}`
}

export function placed(now: readonly number[], turn: number, brokers: readonly Place[], count: number): number[] {
  const rackOf = new Map(brokers.map(({ id, rack }) => [id, rack]))
  const chosen = [...now].slice(0, count)
  const ordered = [
    ...brokers.slice(turn % Math.max(1, brokers.length)),
    ...brokers.slice(0, turn % Math.max(1, brokers.length)),
  ]
  while (chosen.length < count) {
    const left = ordered.filter(({ id }) => !chosen.includes(id))
    if (left.length === 0) break
    const racks = new Set(chosen.map(id => rackOf.get(id)))
    chosen.push((left.find(({ rack }) => rack !== null && !racks.has(rack)) ?? left[0]!).id)
  }
  return chosen
}
