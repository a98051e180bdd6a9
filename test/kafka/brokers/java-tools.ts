// Kafka's own tools as the clients that judge: the most trusted ones there are, a second of Java each.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { CommandOptions, KafkaCluster } from '../harness/index.ts'
import type { ClusterTools, ReadOptions, WriteOptions } from './target.ts'

/** How long nothing may come before a topic counts as read to its end. */
const idleMs = 12_000

type Tooled = Pick<KafkaCluster, 'bootstrap' | 'adminBootstrap' | 'dir' | 'tool' | 'writeClientProperties'>

export function javaTools(kafka: Tooled): ClusterTools {
  const admin = ['--bootstrap-server', kafka.adminBootstrap]
  const lines = (text: string) => text.split('\n').filter(line => line !== '')

  async function run(tool: string, args: readonly string[], options?: CommandOptions): Promise<string> {
    const result = await kafka.tool(tool, args, options)
    expect(result, result.stderr).toMatchObject({ code: 0 })
    return result.stdout
  }
  const topics = (...args: readonly string[]) => run('kafka-topics', [...admin, ...args])

  return {
    topicNames: async () => lines(await topics('--list')),
    createTopic: async (topic, partitions = 1) => {
      await topics('--create', '--topic', topic, '--partitions', String(partitions))
    },
    deleteTopic: async topic => {
      await topics('--delete', '--topic', topic)
    },
    describeTopic: async topic => {
      const text = await topics('--describe', '--topic', topic)
      const [, partitions, replicas, configs = ''] =
        /PartitionCount: (\d+)\s+ReplicationFactor: (\d+)\s+Configs: (\S*)/.exec(text)!
      const pairs = configs.split(',').map(pair => pair.split('=') as [string, string])
      return {
        partitions: Number(partitions),
        replicationFactor: Number(replicas),
        configs: Object.fromEntries(pairs),
      }
    },
    unhealthy: async () => {
      const partitions = async (flag: string) =>
        [...(await topics('--describe', flag)).matchAll(/Topic: (\S+)\s+Partition: (\d+)/g)].map(
          ([, topic, partition]) => `${topic}-${partition}`,
        )
      const flags = ['--under-replicated-partitions', '--unavailable-partitions'] as const
      const [underReplicated = [], offline = []] = await Promise.all(flags.map(partitions))
      return { underReplicated, offline }
    },
    endOffsets: async topic => {
      const text = await run('kafka-get-offsets', [...admin, '--topic', topic])
      const offsets: number[] = []
      for (const [, partition, offset] of text.matchAll(/:(\d+):(\d+)$/gm)) offsets[Number(partition)] = Number(offset)
      return offsets
    },
    deleteRecords: async (topic, partition, beforeOffset) => {
      const path = join(kafka.dir, 'delete-records.json')
      await writeFile(path, JSON.stringify({ partitions: [{ topic, partition, offset: beforeOffset }], version: 1 }))
      await run('kafka-delete-records', [...admin, '--offset-json-file', path])
    },
    write: async (topic, input, { codec, keyed = false }: WriteOptions = {}) => {
      const packed = codec === undefined ? [] : ['--compression-codec', codec, '--batch-size', '200000']
      const parsed = keyed ? ['--reader-property', 'parse.key=true'] : []
      const args = [...admin, '--topic', topic, '--timeout', '5000', ...packed, ...parsed]
      await run('kafka-console-producer', args, { input: `${input.join('\n')}\n` })
    },
    read: async (topic, { recordsMax, isolation, print = [] }: ReadOptions = {}) => {
      const { stdout } = await kafka.tool('kafka-console-consumer', [
        ...[...admin, '--topic', topic, '--from-beginning', '--timeout-ms', String(idleMs)],
        ...(recordsMax === undefined ? [] : ['--max-messages', String(recordsMax)]),
        ...(isolation === undefined ? [] : ['--isolation-level', isolation]),
        // By the names that 4.x gives its properties.
        ...print.flatMap(what => ['--formatter-property', `print.${what}=true`]),
      ])
      return lines(stdout)
    },
    describeGroup: async group => {
      const text = await run('kafka-consumer-groups', [...admin, '--describe', '--group', group])
      const rows = [...text.matchAll(new RegExp(`^${group}\\s+\\S+\\s+\\d+\\s+(\\d+)\\s+\\d+\\s+(\\d+)`, 'gm'))]
      return rows.map(([, committed, lag]) => ({ committed: Number(committed), lag: Number(lag) }))
    },
    groupMembers: async group => {
      const args = ['--describe', '--group', group, '--members', '--verbose']
      const [head = '', ...rows] = lines(await run('kafka-consumer-groups', [...admin, ...args]))
      const columns = head.trim().split(/\s+/)
      const instanceAt = columns.indexOf('GROUP-INSTANCE-ID')
      const assignmentAt = columns.findIndex(name => /^(CURRENT-)?ASSIGNMENT$/.test(name))
      return rows.map(row => {
        const cells = row.trim().split(/\s+/)
        const topics = [...cells[assignmentAt]!.matchAll(/([^:;]+):([\d,]+)/g)]
        const partitions = topics.flatMap(([, topic, list]) => list!.split(',').map(each => `${topic}-${each}`))
        return { instanceId: cells[instanceAt]!, partitions }
      })
    },
    resetGroup: async (group, topic, offset) => {
      const reset = ['--reset-offsets', '--to-offset', String(offset), '--execute']
      await run('kafka-consumer-groups', [...admin, '--group', group, '--topic', topic, ...reset])
    },
    enter: async identity => {
      const config = ['--command-config', await kafka.writeClientProperties(identity)]
      await run('kafka-broker-api-versions', ['--bootstrap-server', kafka.bootstrap, ...config])
    },
    allow: async (user, ...what) => {
      await run('kafka-acls', [...admin, '--add', '--allow-principal', `User:${user}`, ...what])
    },
  }
}
