// Shows `millrace capture` as its user sees it: a profile of a topic without its contents, a bench that follows it, and what is
// wrong told at once. Method: the whole program against an embedded broker.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { createTopic } from '../../wire/admin.ts'
import { produce } from '../../wire/apis/00-produce.ts'
import { Cluster } from '../../wire/cluster.ts'
import { buildBatch } from '../../wire/record-batch/build.ts'
import { settingsOf } from '../kafka/settings.ts'
import { millrace } from './millrace.ts'

const dir = mkdtempSync(join(tmpdir(), 'millrace-capture-'))
const startMs = 1_767_323_045_000
/** Sizes and keys of the topic: a hot key, a deleted one, records without any. */
const source = Array.from({ length: 60 }, (_, index) => ({
  key: index % 7 === 0 ? null : Buffer.from(index % 3 === 0 ? 'secret-hot' : `secret-${index}`),
  value: index % 11 === 5 ? null : Buffer.from(`private ${'x'.repeat((index * 37) % 500)}`),
  timestampMs: startMs + index * 10,
}))

let brokers: EmbeddedCluster
beforeAll(async () => {
  brokers = await startBroker({ inThread: true })
  const cluster = await Cluster.connect(settingsOf(brokers.bootstrap))
  await createTopic(cluster, { name: 'orders', partitions: 1, replicationFactor: 1 })
  await createTopic(cluster, { name: 'idle', partitions: 1, replicationFactor: 1 })
  await createTopic(cluster, { name: 'copy', partitions: 1, replicationFactor: 1 })
  const { id: topicId } = await cluster.retry(() => cluster.topic('orders'))
  const records = buildBatch({ records: source })
  const topicData = [{ name: 'orders', topicId, partitionData: [{ index: 0, records }] }]
  const body = { transactionalId: null, acks: -1, timeoutMs: 9_000, topicData }
  await cluster.sendWithRetry({ leader: { topic: 'orders', partition: 0 } }, produce, body)
  await cluster.close()
})
afterAll(async () => {
  await brokers.close()
  rmSync(dir, { recursive: true, force: true })
})

const at = () => ['--bootstrap', brokers.bootstrap]

async function captured(topic: string, records: number) {
  const path = join(dir, `${topic}.ndjson`)
  const ended = await millrace(['capture', ...at(), '--topic', topic, '--from', 'earliest', '--records', `${records}`, '--out', path]) // biome-ignore format: one line
  expect(ended).toMatchObject({ exitCode: 0, stdout: '' })
  const text = readFileSync(path, 'utf8')
  const [header, ...lines] = text.trimEnd().split('\n').map(line => JSON.parse(line)) // biome-ignore format: one line
  return { path, text, header, lines, stderr: ended.stderr }
}

describe('millrace capture', () => {
  it('writes sizes, keys as numbers, partitions and times; nothing of what was in the records', async () => {
    const { text, header, lines, stderr } = await captured('orders', source.length)
    expect(header).toMatchObject({ profile: 'millrace', version: 2, topic: 'orders' })
    expect(text).not.toMatch(/secret|private|xxx/)
    const names = new Map<string, number>()
    const expected = source.map(({ key, value }, index) => {
      if (key !== null && !names.has(`${key}`)) names.set(`${key}`, names.size)
      return {
        valueBytes: value?.length ?? 0,
        ...(value === null && { tombstone: true }),
        ...(key !== null && { key: names.get(`${key}`), keyBytes: key.length }),
        partition: 0,
        atMs: index * 10,
      }
    })
    expect(lines).toEqual(expected)
    expect(stderr).toMatch(
      /^60 records within 590 ms, values of \d+ bytes on average, \d+ different keys, 9 without a key, 5 tombstones: /,
    )
  })

  it('a bench follows it: sizes, keys and tombstones come as they were captured, in order, and again from the beginning', async () => {
    const { path, lines } = await captured('orders', source.length)
    const bench = ['bench', 'produce', ...at(), '--topic', 'copy', '--payload', `replay:${path}`]
    const ended = await millrace([...bench, '--records', '120', '--workers', '1', '--quiet'])
    expect(ended).toMatchObject({ exitCode: 0 })
    const copy = await captured('copy', 120)
    const shapeOf = ({ valueBytes, tombstone, key, keyBytes }: Record<string, unknown>) => ({
      valueBytes,
      tombstone,
      key,
      keyBytes,
    })
    const shape = lines.map(shapeOf)
    expect(copy.lines.map(shapeOf)).toEqual([...shape, ...shape])
  })

  it('an idle topic makes no profile, and leaves no file', async () => {
    const path = join(dir, 'idle.ndjson')
    const ended = await millrace(['capture', ...at(), '--topic', 'idle', '--duration', '50ms', '--out', path])
    expect(ended).toMatchObject({ exitCode: 23, stderr: expect.stringContaining('CAPTURE_EMPTY') })
    expect(existsSync(path)).toBe(false)
  })

  it('all that is wrong with the settings is told at once', async () => {
    const ended = await millrace(['capture', '--records', '0', '--duration', '5', '--topic', 'a b'])
    expect(ended.exitCode).toBe(104)
    for (const path of ['--records', '--duration', '--topic', '--out', '--bootstrap'])
      expect(ended.stderr).toContain(`  ${path}`)
    expect(await millrace(['capture', ...at(), '--topic', 'absent', '--out', join(dir, 'x')])).toMatchObject({
      exitCode: 23,
    })
  })
})

describe('--payload replay', () => {
  const bench = (...args: readonly string[]) => millrace(['bench', 'produce', ...at(), '--topic', 'copy', ...args])

  it('refuses a profile with what is wrong in its lines, and settings that it decides itself', async () => {
    const path = join(dir, 'wrong.csv')
    writeFileSync(path, 'value_bytes,key\nmany,a\n')
    const ended = await bench('--payload', `replay:${path}`, '--keys', 'uniform:10', '--record-size', '10')
    expect(ended.exitCode).toBe(104)
    for (const part of [`${path}:2: `, '--keys: has no effect', '--record-size: has no effect'])
      expect(ended.stderr).toContain(part)
  })

  it('keeps partitions and gaps where that is asked for: one round, as fast as was said', async () => {
    const path = join(dir, 'paced.ndjson')
    const partitions = [2, 0, 2, 2, 0]
    const line = (partition: number, index: number) =>
      JSON.stringify({ valueBytes: 10 + index, partition, atMs: index * 100 })
    writeFileSync(path, partitions.map(line).join('\n'))
    const args = ['bench', 'produce', ...at(), '--partitions', '3', '--topic', 'paced', '--keep-topic', '--json']
    const ended = await millrace([
      ...args,
      '--payload',
      `replay:${path}`,
      '--partitioner',
      'replay',
      '--replay-speed',
      '10x',
    ])
    expect(ended).toMatchObject({ exitCode: 0 })
    const { produce } = JSON.parse(ended.stdout)
    expect(produce).toMatchObject({ totalRecords: 5, schedule: expect.stringContaining('10 times as fast') })
    const { lines } = await captured('paced', 5)
    const of = (wanted: number) =>
      lines.filter(({ partition }) => partition === wanted).map(({ valueBytes }) => valueBytes)
    expect([of(0), of(1), of(2)]).toEqual([[11, 14], [], [10, 12, 13]])
  })

  it('refuses gaps and partitions that it has not, or that something else decides, all at once', async () => {
    const path = join(dir, 'plain.csv')
    writeFileSync(path, 'value_bytes,key\n10,a\n')
    const asked = ['--partitioner', 'replay', '--replay-speed', '1x']
    const ended = await bench('--payload', `replay:${path}`, '--rate', '5/s', ...asked)
    for (const part of [
      '--partitioner: replay needs the partition of every record',
      '--replay-speed: the profile does not tell when its records were',
      '--replay-speed: keeps the gaps of the profile, and a rate makes others',
    ])
      expect(ended.stderr).toContain(part)
    const without = await bench(...asked)
    for (const part of ['--partitioner: replay is by the profile', '--replay-speed: needs --payload replay:PROFILE'])
      expect(without.stderr).toContain(part)
  })

  it('asks for batches that hold the largest record', async () => {
    const path = join(dir, 'large.csv')
    writeFileSync(path, 'value_bytes,key\n10,a\n2000000,b\n')
    const ended = await bench('--payload', `replay:${path}`)
    expect(ended.stderr).toMatch(/--batch-bytes: must hold the largest record of the profile: 2000084 bytes/)
  })
})
