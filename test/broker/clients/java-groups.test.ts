// Shows that groups of the Java client work against the embedded broker in both protocols: console consumers share a topic, one
// that is killed is replaced, the group goes on when the broker that coordinates it stops, a static member comes back to
// what it had; and that kafka-consumer-groups shows and changes all that.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Group } from '../../../broker/groups/coordinator.ts'
import { makeGroupCoordinator } from '../../../broker/groups/of-cluster.ts'
import { RunningCluster } from '../../../broker/running.ts'
import { isProblem } from '../../../broker/topics.ts'
import { describeKafka } from '../../kafka/harness/describe-kafka.ts'
import { installKafka } from '../../kafka/harness/index.ts'
import { runTool, toolCommand } from '../../kafka/harness/tools.ts'

const partitions = 4
const waiting = { timeout: 60_000, interval: 50 }
const timeoutMs = 150_000

let running: RunningCluster
let bootstrap: string[]
let installDir: string
const consumers: ConsoleConsumer[] = []

beforeAll(async () => {
  installDir = await installKafka()
  running = await RunningCluster.start({
    brokers: 3,
    // A killed member is to be missed within the test's time.
    configs: {
      'group.min.session.timeout.ms': '1000',
      'group.consumer.session.timeout.ms': '8000',
      'group.consumer.heartbeat.interval.ms': '300',
    },
  })
  bootstrap = ['--bootstrap-server', running.brokers.map(({ host, port }) => `${host}:${port}`).join(',')]
}, 300_000)
afterEach(async () => {
  dynamicConfigs().clear()
  for (const consumer of consumers.splice(0)) await consumer.end('SIGKILL')
})
afterAll(() => running?.close())

const dynamicConfigs = () => running.state.configs.dynamicOf('')

const groupOf = (groupId: string) => running.state.part(makeGroupCoordinator).get(groupId)

/** What moves on with each rebalance. */
const epochOf = (group: Group | undefined) => (group?.type === 'consumer' ? group.epoch : group?.generationId)

const stable = (groupId: string, size: number) =>
  vi.waitFor(() => {
    const group = groupOf(groupId)
    expect([group?.state, group?.members.size]).toEqual([size === 0 ? 'Empty' : 'Stable', size])
  }, waiting)

class ConsoleConsumer {
  readonly lines: string[] = []
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>

  constructor(topic: string, groupId: string, properties: readonly string[]) {
    const flags = properties.flatMap(property => ['--command-property', property])
    const args = [...bootstrap, '--topic', topic, '--group', groupId, '--from-beginning', ...flags]
    const line = toolCommand(installDir, 'kafka-console-consumer', args)
    this.#child = spawn(line.command, line.args, { stdio: ['ignore', 'pipe', 'ignore'] })
    this.#exited = once(this.#child, 'exit')
    let rest = ''
    this.#child.stdout!.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop()!
      this.lines.push(...lines)
    })
    consumers.push(this)
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#child.kill(signal)
    await this.#exited
  }
}

function create(topic: string): void {
  const created = running.state.topics.create({ name: topic, partitions, replicationFactor: 3 })
  expect(isProblem(created)).toBe(false)
}

async function tool(name: string, args: readonly string[], input = ''): Promise<string> {
  const result = await runTool(installDir, name, [...bootstrap, ...args], { input, timeoutMs: 60_000 })
  expect(result, result.stderr).toMatchObject({ code: 0 })
  return result.stdout
}

/** Keys spread them over the partitions. */
async function produce(topic: string, from: number, to: number): Promise<string[]> {
  const values = Array.from({ length: to - from }, (_, index) => `v${from + index}`)
  const input = values.map(value => `key-${value}:${value}\n`).join('')
  const keyed = ['--reader-property', 'parse.key=true', '--reader-property', 'key.separator=:']
  await tool('kafka-console-producer', ['--topic', topic, ...keyed], input)
  return values
}

const rowsOf = (table: string, groupId: string) =>
  table
    .split('\n')
    .filter(line => line.startsWith(groupId))
    .map(line => line.trim().split(/\s+/))

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

describeKafka('groups of the Java client', () => {
  describe.each([
    { protocol: 'classic', properties: ['session.timeout.ms=8000', 'heartbeat.interval.ms=300'], type: 'Classic' },
    { protocol: 'consumer', properties: [], type: 'Consumer' },
  ])('in the $protocol protocol', ({ protocol, properties, type }) => {
    const settings = [`group.protocol=${protocol}`, 'auto.commit.interval.ms=200', ...properties]

    it('share, survive a killed member and a stopped coordinator, and end', { timeout: timeoutMs }, async () => {
      const [topic, groupId] = [`shared-${protocol}`, `sharing-${protocol}`]
      create(topic)
      const [one, other] = [1, 2].map(() => new ConsoleConsumer(topic, groupId, settings)) as [
        ConsoleConsumer,
        ConsoleConsumer,
      ]
      await stable(groupId, 2)
      const shown = await tool('kafka-consumer-groups', ['--describe', '--group', groupId, '--members'])
      // The number of partitions is in the fifth column.
      expect(rowsOf(shown, groupId).map(row => row[4])).toEqual(['2', '2'])
      const state = await tool('kafka-consumer-groups', ['--describe', '--group', groupId, '--state'])
      expect(state).toContain('Stable')

      const values = await produce(topic, 0, 40)
      await vi.waitFor(() => expect([...one.lines, ...other.lines].sort()).toEqual([...values].sort()), waiting)
      await one.end('SIGKILL')
      await stable(groupId, 1)
      const more = await produce(topic, 40, 60)
      await vi.waitFor(() => expect(other.lines).toEqual(expect.arrayContaining(more)), waiting)

      const { id } = running.state.coordinatorOf(groupId)!
      running.state.stopBroker(id)
      await running.settled()
      const last = await produce(topic, 60, 80)
      await vi.waitFor(() => expect(other.lines).toEqual(expect.arrayContaining(last)), waiting)
      running.state.startBroker(id)
      await running.settled()
      await other.end('SIGTERM')
      await stable(groupId, 0)
    })

    it('is seen and changed by kafka-consumer-groups', { timeout: timeoutMs }, async () => {
      const groupId = `sharing-${protocol}`
      const topic = `shared-${protocol}`
      const groups = (...args: string[]) => tool('kafka-consumer-groups', args)
      const offsets = async () =>
        rowsOf(await groups('--describe', '--group', groupId), groupId).map(row => [Number(row[3]), Number(row[5])])
      const before = await offsets()
      // All that was produced is committed, and no lag is left.
      expect([sum(before.map(([offset]) => offset!)), sum(before.map(([, lag]) => lag!))]).toEqual([80, 0])
      expect(rowsOf(await groups('--list', '--state', '--type'), groupId)).toEqual([[groupId, type, 'Empty']])
      await groups('--reset-offsets', '--group', groupId, '--topic', topic, '--to-earliest', '--execute')
      expect(sum((await offsets()).map(([, lag]) => lag!))).toBe(80)
      await groups('--delete-offsets', '--group', groupId, '--topic', `${topic}:0`)
      expect(await offsets()).toHaveLength(partitions - 1)
      await groups('--delete', '--group', groupId)
      expect(groupOf(groupId)).toBeUndefined()
    })

    it('a static member comes back to what it had without a rebalance', { timeout: timeoutMs }, async () => {
      const [topic, groupId] = [`static-${protocol}`, `being-static-${protocol}`]
      create(topic)
      // Long enough for a JVM to come back within it.
      dynamicConfigs().set('group.consumer.session.timeout.ms', '60000')
      const lasting = [...settings.filter(each => !each.startsWith('session')), 'session.timeout.ms=60000']
      const ofProtocol = protocol === 'classic' ? lasting : settings
      new ConsoleConsumer(topic, groupId, ofProtocol)
      const goes = new ConsoleConsumer(topic, groupId, [...ofProtocol, 'group.instance.id=i'])
      await stable(groupId, 2)
      const before = epochOf(groupOf(groupId))
      const idBefore = groupOf(groupId)!.members.byInstance('i')!.memberId
      await goes.end('SIGTERM')
      const back = new ConsoleConsumer(topic, groupId, [...ofProtocol, 'group.instance.id=i'])
      await vi.waitFor(() => {
        expect(groupOf(groupId)!.members.byInstance('i')!.memberId).not.toBe(idBefore)
      }, waiting)
      await stable(groupId, 2)
      expect(epochOf(groupOf(groupId))).toBe(before)
      const values = await produce(topic, 0, 40)
      const all = () => consumers.flatMap(each => each.lines).sort()
      await vi.waitFor(() => expect(all()).toEqual([...values].sort()), waiting)
      expect(back.lines.length).toBeGreaterThan(0)
    })
  })

  it('by regular expression (KIP-848)', { timeout: timeoutMs }, async () => {
    for (const name of ['re-one', 're-two', 'no-three']) create(name)
    const args = [...bootstrap, '--include', 're-.*', '--group', 'expressed', '--from-beginning']
    const limits = ['--max-messages', '2', '--timeout-ms', '30000', '--command-property', 'group.protocol=consumer']
    await Promise.all([produce('re-one', 0, 1), produce('re-two', 1, 2), produce('no-three', 2, 3)])
    const result = await runTool(installDir, 'kafka-console-consumer', [...args, ...limits], { timeoutMs: 60_000 })
    expect(result.stdout.trim().split('\n').sort()).toEqual(['v0', 'v1'])
  })
})
