// Shows `millrace doctor` as its user sees it: findings in every form, the exit code, files alone, and what is wrong told at once.
// Method: the whole program against an embedded broker.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { createTopic } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import { settingsOf } from '../kafka/settings.ts'
import { millrace } from './millrace.ts'

const dir = mkdtempSync(join(tmpdir(), 'millrace-doctor-'))
const path = (name: string) => join(dir, name)
let brokers: EmbeddedCluster
beforeAll(async () => {
  brokers = await startBroker({ brokers: 3 })
  const cluster = await Cluster.connect(settingsOf(brokers.bootstrap))
  await createTopic(cluster, { name: '<b>', partitions: 1, replicationFactor: 1 }).catch(() => {})
  await createTopic(cluster, { name: 'alone', partitions: 2, replicationFactor: 1 })
  await cluster.close()
  writeFileSync(path('producer.properties'), 'acks=0\nsasl.password=secret\ncompression.type=lz4\n')
})
afterAll(async () => {
  await brokers.close()
  rmSync(dir, { recursive: true })
})

const doctor = (...args: string[]) => millrace(['doctor', ...args])

describe('millrace doctor', () => {
  it('tells what it found, why it matters and how to put it right, and fails', async () => {
    const { stdout, exitCode } = await doctor('--bootstrap', brokers.bootstrap)
    expect(stdout).toContain('CRITICAL  A topic has one replica  [topic-single-replica]')
    expect(stdout).toContain('topic alone: replication factor 1, 2 partitions')
    expect(stdout).toMatch(/fix: kafka-reassign-partitions\.sh --bootstrap-server \S+ --execute/)
    expect(stdout).toMatch(/cluster \S+: \d+ findings: \d+ critical/)
    expect(exitCode).toBe(40)
  })

  it('--fail-on and --ignore decide what fails', async () => {
    const rest = ['--bootstrap', brokers.bootstrap, '--report', 'json']
    expect((await doctor(...rest, '--fail-on', 'never')).exitCode).toBe(0)
    const { stdout, exitCode } = await doctor(...rest, '--ignore', '*')
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'millrace-doctor', findings: [], failed: false })
  })

  it('files alone, without a cluster; nothing of a secret in any form', async () => {
    const files = ['--producer-properties', path('producer.properties')]
    const { stdout, exitCode } = await doctor(
      ...files,
      '--report',
      `text,html=${path('d.html')},markdown=${path('d.md')}`,
    )
    expect(exitCode).toBe(40)
    expect(stdout).toContain('producer.properties:1: acks=0')
    const page = readFileSync(path('d.html'), 'utf8')
    expect(page).toContain('<span class="badge bad">critical</span>')
    for (const text of [stdout, page, readFileSync(path('d.md'), 'utf8')]) expect(text).not.toContain('secret')
  })

  it('everything that is wrong at once', async () => {
    const { stderr, exitCode } = await doctor('--ignore', 'nope', '--grup', 'a', '--server-properties', path('none'), '--report', 'junit=x.xml') // biome-ignore format: one line
    expect(exitCode).toBe(104)
    for (const part of ['there is no check nope', 'did you mean --group?', 'none: cannot be read', 'junit is not one of']) expect(stderr).toContain(part) // biome-ignore format: one line
  })
})
