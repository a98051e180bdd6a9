// Shows what the agent tells of a real Connect worker: a connector that works, one whose task fails, one that is stopped,
// and the consumer group that a sink reads as.
import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { connectCollector } from '../../agents/collectors/connect.ts'
import { lagCollector } from '../../agents/collectors/lag.ts'
import { parseConnectTarget } from '../../agents/source/connect.ts'
import { Cluster } from '../../wire/cluster.ts'
import { looker } from '../agents/look.ts'
import { type ConnectWorker, startConnect } from './harness/connect.ts'
import { describeKafka } from './harness/describe-kafka.ts'
import { type KafkaCluster, startKafka } from './harness/index.ts'
import { settingsOf } from './settings.ts'

const waiting = { timeout: 60_000, interval: 250 }

describeKafka('Kafka Connect', () => {
  let kafka: KafkaCluster
  let cluster: Cluster
  let worker: ConnectWorker
  let look: ReturnType<typeof looker>
  beforeAll(async () => {
    kafka = await startKafka({ heapMb: 384 })
    cluster = await Cluster.connect(settingsOf(kafka.bootstrap))
    worker = await startConnect(kafka)
    const target = parseConnectTarget(`files=${worker.url}`)
    look = looker(connectCollector, cluster, { values: { url: 'value' in target ? [target.value] : [] } })
  })
  afterAll(async () => {
    await worker?.stop()
    await cluster?.close()
    await kafka?.stop()
  })

  async function put(name: string, config: Readonly<Record<string, string>>): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    const request = { method: 'PUT', headers, body: JSON.stringify({ name, ...config }) }
    const response = await fetch(`${worker.url}/connectors/${name}/config`, request)
    expect(response.status, await response.text()).toBeLessThan(300)
  }

  const sampled = async (sample: string) => (await look()).value(sample.replace('{', '{cluster="c",connect="files",'))
  const becomes = (sample: string) =>
    vi.waitFor(async () => expect(await sampled(sample), sample).toBeGreaterThan(0), waiting)

  it('tells connectors and tasks as they are', async () => {
    const file = join(kafka.dir, 'lines')
    await writeFile(file, 'one\ntwo\n')
    const classOf = (kind: string) => `org.apache.kafka.connect.file.FileStream${kind}Connector`
    await put('in', { 'connector.class': classOf('Source'), file, topic: 'lines' })
    await becomes('connect_connector_info{connector="in",type="source",class="FileStreamSourceConnector"}')
    await becomes('connect_task_state{connector="in",task="0",state="running"}')
    await put('out', { 'connector.class': classOf('Sink'), file: join(kafka.dir, 'copy'), topics: 'lines' })
    await becomes('connect_task_state{connector="out",task="0",state="running"}')
    await put('broken', { 'connector.class': classOf('Sink'), file: '/no/such/folder/copy', topics: 'lines' })
    await becomes('connect_task_state{connector="broken",task="0",state="failed"}')
    expect(await sampled('connect_connector_state{connector="broken",state="running"}')).toBe(1)
  })

  it('a sink reads as a consumer group, whose lag is told like any other', async () => {
    await appendFile(join(kafka.dir, 'lines'), 'three\n')
    const lag = looker(lagCollector, cluster)
    await vi.waitFor(async () => {
      const { value } = await lag()
      expect(value('consumer_group_members{cluster="c",group="connect-out"}')).toBe(1)
    }, waiting)
  })

  it('a connector that is stopped has no tasks, and is told as stopped', async () => {
    expect((await fetch(`${worker.url}/connectors/out/stop`, { method: 'PUT' })).status).toBeLessThan(300)
    await becomes('connect_connector_state{connector="out",state="stopped"}')
    await vi.waitFor(async () => expect(await sampled('connect_connector_tasks{connector="out"}')).toBe(0), waiting)
  })

  it('a worker that is gone is down, and everything about its connectors goes with it', async () => {
    await worker.stop()
    const { lines, gaps } = await look()
    expect(lines).toEqual(['connect_up{cluster="c",connect="files"} 0'])
    expect(gaps).toMatchObject([{ about: 'connect', name: 'files', reason: 'broker_unreachable' }])
  })
})
