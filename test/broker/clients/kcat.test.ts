// Shows that kcat (librdkafka 2) works against the embedded broker as its manual has it: produce with every codec, consume by
// offset, time and group, keys, headers and null values, metadata, offsets by time, transactions.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RunningCluster } from '../../../broker/running.ts'
import { runCommand } from '../../kafka/harness/tools.ts'
import { describeClient, reasonWithout } from './describe-client.ts'
import { storedBatches, storedCodecs } from './stored.ts'

let running: RunningCluster
let bootstrap: string
beforeAll(async () => {
  running = await RunningCluster.start({ brokers: 3, configs: { 'auto.create.topics.enable': 'false' } })
  bootstrap = running.brokers.map(({ host, port }) => `${host}:${port}`).join(',')
})
afterAll(() => running.close())

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `${from + index}`)

/** The lines that it prints; what it says about itself goes to standard error. */
async function kcat(args: readonly string[], lines: readonly string[] = []): Promise<string[]> {
  const input = lines.map(line => `${line}\n`).join('')
  const result = await runCommand('kcat', ['-b', bootstrap, ...args], { input, timeoutMs: 30_000 })
  expect(result, result.stderr).toMatchObject({ code: 0 })
  return result.stdout.split('\n').filter(line => line !== '')
}

const create = (name: string, partitions = 1) =>
  expect(running.state.topics.create({ name, partitions, replicationFactor: 3 })).not.toHaveProperty('errorCode')
const produce = (topic: string, lines: readonly string[], ...flags: string[]) =>
  kcat(['-P', '-t', topic, ...flags], lines)
const consume = (topic: string, ...flags: string[]) => kcat(['-C', '-q', '-t', topic, ...flags])

describeClient('kcat', reasonWithout('kcat', '-V', 'kcat'), () => {
  it('produces with every codec, and reads it all back in order', async () => {
    create('coded')
    for (const [index, codec] of ['none', 'gzip', 'snappy', 'lz4', 'zstd'].entries()) {
      const lines = numbers(index * 200, index * 200 + 200).map(each => each.padStart(100, '0'))
      await produce('coded', lines, '-z', codec, '-X', 'batch.num.messages=50', '-X', 'acks=all')
    }
    expect(storedCodecs(running.state, 'coded')).toEqual(['gzip', 'lz4', 'none', 'snappy', 'zstd'])
    const read = await consume('coded', '-o', 'beginning', '-e')
    expect(read.map(Number)).toEqual(numbers(0, 1_000).map(Number))
  })

  it('shows keys, headers and null values as they were sent', async () => {
    create('shown')
    await produce('shown', ['key:value'], '-K:', '-H', 'one=1', '-H', 'two=2')
    await produce('shown', ['gone:'], '-K:', '-Z', '-X', 'enable.idempotence=true')
    const shown = (await consume('shown', '-o', 'beginning', '-e', '-J')).map(line => JSON.parse(line))
    expect(shown).toMatchObject([
      { topic: 'shown', partition: 0, offset: 0, tstype: 'create', key: 'key', payload: 'value' },
      { offset: 1, key: 'gone', payload: null },
    ])
    expect(shown[0].headers).toEqual(['one', '1', 'two', '2'])
    expect(storedBatches(running.state, 'shown').map(({ producerId }) => producerId >= 0)).toEqual([false, true])
  })

  it('finds offsets by position and by time', async () => {
    create('timed')
    await produce('timed', numbers(0, 10))
    const [stamp] = await consume('timed', '-o', '9', '-c', '1', '-f', '%T\n')
    const later = String(Number(stamp) + 1)
    // So that the time of what comes next is another one.
    await expect.poll(() => Date.now()).toBeGreaterThan(Number(later))
    await produce('timed', numbers(10, 20))
    expect(await consume('timed', '-o', '5', '-c', '2')).toEqual(['5', '6'])
    expect(await consume('timed', '-o', '-3', '-e')).toEqual(['17', '18', '19'])
    expect(await consume('timed', '-o', `s@${later}`, '-e')).toEqual(numbers(10, 20))
    const ask = async (time: string) => (await kcat(['-Q', '-t', `timed:0:${time}`]))[0]
    expect(await ask(later)).toBe('timed [0] offset 10')
    expect(await ask('-1')).toBe('timed [0] offset 20')
    expect(await ask('-2')).toBe('timed [0] offset 0')
    // kcat says -1 for the end when nothing is as late.
    expect(await ask(String(Date.now() + 3_600_000))).toBe('timed [0] offset -1')
  })

  it('lists brokers, topics, leaders and replicas', async () => {
    create('listed', 3)
    const shown = JSON.parse((await kcat(['-L', '-J'])).join(''))
    const { host } = running.brokers[0]!
    expect(shown.brokers).toEqual(running.brokers.map(({ id, port }) => ({ id, name: `${host}:${port}` })))
    expect(shown.controllerid).toBe(running.state.controllerId)
    const listed = shown.topics.find(({ topic }: { topic: string }) => topic === 'listed')
    expect(listed.partitions).toHaveLength(3)
    for (const { partition, leader, replicas, isrs } of listed.partitions) {
      expect(leader).toBe(running.state.partition('listed', partition)!.leaderId)
      expect([replicas.length, isrs.length]).toEqual([3, 3])
    }
    const unknown = JSON.parse((await kcat(['-L', '-J', '-t', 'nowhere'])).join(''))
    expect(unknown.topics).toMatchObject([{ topic: 'nowhere', error: 'Broker: Unknown topic or partition' }])
  })

  it('consumes as a group, and goes on where it was', async () => {
    create('grouped', 3)
    await produce(
      'grouped',
      numbers(0, 30).map(each => `${each}:${each}`),
      '-K:',
    )
    const asGroup = (count: number) =>
      kcat(['-G', 'kcats', '-q', '-X', 'auto.offset.reset=earliest', '-c', `${count}`, 'grouped'])
    const [first, second] = [await asGroup(12), await asGroup(18)]
    expect([...first, ...second].map(Number).sort((a, b) => a - b)).toEqual(numbers(0, 30).map(Number))
  })

  it('writes in a transaction', async () => {
    create('transacted')
    await produce('transacted', numbers(0, 5), '-X', 'transactional.id=kcat-transaction')
    expect(await consume('transacted', '-o', 'beginning', '-e', '-X', 'isolation.level=read_committed')).toEqual(
      numbers(0, 5),
    )
    const stored = storedBatches(running.state, 'transacted')
    expect(stored.every(({ isTransactional }) => isTransactional)).toBe(true)
    expect(stored.at(-1)!.isControl).toBe(true)
  })
})
