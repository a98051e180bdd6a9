// Shows a test told before it runs: when each scenario begins and ends, how much it sends, what that takes; and what in a cluster
// stands in its way. Method: models read from k6's options, checks against the embedded broker.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../../broker/start.ts'
import { checkTest } from '../../../loadgen/dry-run/checks.ts'
import { outlookOf } from '../../../loadgen/dry-run/outlook.ts'
import { dryRunText } from '../../../loadgen/dry-run/text.ts'
import { createTopic } from '../../../wire/admin.ts'
import { Cluster } from '../../../wire/cluster.ts'
import { settingsOf } from '../../kafka/settings.ts'
import { modelOf } from './model.ts'

const kafka = { recordSize: '1KiB', partitions: 6 }
const rate = { executor: 'constant-arrival-rate', rate: 1_000, duration: '1m', preAllocatedVUs: 10, maxVUs: 50 }

describe('the outlook', () => {
  it('of a rate: exactly how many, how much, and until when', () => {
    const { scenarios, iterations, bytes, latestEndMs } = outlookOf(
      modelOf({ a: { ...rate, startTime: '10s' } }, { ...kafka, topic: 't' }),
    )
    expect(scenarios).toMatchObject([
      { name: 'a', startMs: 10_000, endMs: 70_000, latestEndMs: 100_000, iterations: 60_000, vusMax: 50 },
    ])
    expect([iterations, bytes, latestEndMs]).toEqual([60_000, 60_000 * 1024, 100_000])
    expect(scenarios[0]!.rate).toBe('1 k iterations/s')
  })

  it('of iterations: shared ones together, those of each VU as often as there are VUs', () => {
    const shared = { executor: 'shared-iterations', vus: 4, iterations: 1_000 }
    const each = { executor: 'per-vu-iterations', vus: 4, iterations: 10 }
    const { scenarios } = outlookOf(modelOf({ shared, each }, { ...kafka, topic: 't' }))
    expect(scenarios.map(({ iterations }) => iterations)).toEqual([1_000, 40])
  })

  it('of VUs is open: as many as there is time for, and so is the sum', () => {
    const scenarios = { open: { executor: 'constant-vus', vus: 2, duration: '5s' }, known: rate }
    const { iterations, bytes, threads } = outlookOf(modelOf(scenarios, { ...kafka, topic: 't', workers: 2 }))
    expect([iterations, bytes, threads]).toEqual([undefined, undefined, 4])
  })

  it('of a part of the test: its share', () => {
    const model = modelOf(
      { a: rate },
      { ...kafka, topic: 't' },
      { executionSegment: '0:1/4', executionSegmentSequence: '0,1/4,1' },
    )
    // As k6 shares it out: by VUs, and 13 of the 50 are of this quarter.
    expect(outlookOf(model).iterations).toBe((60_000 * 13) / 50)
  })
})

describe('the checks', () => {
  let brokers: EmbeddedCluster
  beforeAll(async () => {
    brokers = await startBroker({ inThread: true })
    const cluster = await Cluster.connect(settingsOf(brokers.bootstrap))
    await createTopic(cluster, { name: 'there', partitions: 3, replicationFactor: 1 })
    await cluster.close()
  })
  afterAll(() => brokers.close())

  const check = (settings: Readonly<Record<string, unknown>>) =>
    checkTest(modelOf({ a: rate }, { bootstrap: brokers.bootstrap, ...settings }))

  it('find a topic that is there, and say when it is another than was planned', async () => {
    const checks = await check({ topic: 'there', partitions: 6 })
    expect(checks.map(({ outcome, text }) => [outcome, text])).toEqual([
      ['ok', `cluster ${brokers.bootstrap} answers: brokers 1`],
      ['ok', 'topic there exists: 3 partitions, 1 replica'],
      ['warning', 'topic there is used as it is, and not with 6 partitions'],
    ])
  })

  it('find that a topic can be made, without making it', async () => {
    const checks = await check({ topic: 'new', partitions: 2 })
    expect(checks.at(-1)!.text).toMatch(/^topic new does not exist, and can be created: 2 partitions/)
    expect((await check({ topic: 'new', partitions: 2 })).at(-1)!.text).toBe(checks.at(-1)!.text)
  })

  it('find that a topic cannot be made as it was asked for', async () => {
    const [, made] = await check({ topic: 'new', partitions: 2, replicationFactor: 3 })
    expect(made).toMatchObject({ outcome: 'failed', error: { exitCode: 24 } })
  })

  it('a topic that is missing and not to be made has the error that the run would have', async () => {
    const [, missing] = await check({ topic: 'missing' })
    expect(missing).toMatchObject({ outcome: 'failed', error: { code: 'TOPIC_UNKNOWN', exitCode: 23 } })
  })

  it('a cluster that does not answer is the one thing that is said of it', async () => {
    const checks = await check({ topic: 'there', bootstrap: '127.0.0.1:1' })
    expect(checks).toMatchObject([{ outcome: 'failed', error: { code: 'BROKER_UNREACHABLE' } }])
  })

  it('as text: the plan, the checks, and that nothing was sent', async () => {
    const model = modelOf({ a: rate }, { bootstrap: brokers.bootstrap, topic: 'there', ...kafka })
    const text = dryRunText('load.ts', outlookOf(model), await checkTest(model))
    expect(text).toContain(
      '  scenario a: constant-arrival-rate, produce, topic there\n    from 0 ms to 1 m, cut off at 1 m 30 s\n',
    )
    expect(text).toContain('    60,000 iterations, 1 k iterations/s, 61.4 MB (58.6 MiB)\n')
    expect(text).toMatch(/ {4}✓ topic there exists.*\n {4}! .*\n\n {2}nothing was sent; the test can run\n$/)
  })
})
