// Shows how a run takes trouble in its middle: what passes is retried, counted and confirmed; what does not pass ends the run
// in bounded time with a code, an exit code and a report.
// Method: one broker that is killed, frozen and started again, topics that are deleted under a run, a second writer; the
// command runs as a process.
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BenchCommand, type BenchOutcome, expectCodedError } from './bench/command.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { TestBroker, TestCluster } from './brokers/target.ts'

describeBrokers('bench, when something happens', broker => {
  let kafka: TestCluster
  let only: TestBroker
  let bench: BenchCommand
  beforeAll(async () => {
    // A broker is let in again only when the session of its former life is over.
    const properties = { 'broker.session.timeout.ms': '3000', 'broker.heartbeat.interval.ms': '500' }
    kafka = await broker.start({ properties })
    only = kafka.brokers[0]!
    bench = await BenchCommand.make(kafka.bootstrap)
  })
  afterAll(async () => {
    await bench?.remove()
    await kafka?.stop()
  })

  const keep = (topic: string) => ['--topic', topic, '--partitions', '3', '--keep-topic']
  const paced = ['--rate', '3k/s', '--warmup', '0s', '--workers', '2']
  const impatient = ['--request-timeout', '2s', '--delivery-timeout', '3s']
  const writtenIn = async (topic: string) => (await kafka.tools.endOffsets(topic)).reduce((sum, end) => sum + end, 0)

  /** Reported, and not only complained about. */
  function expectReport({ result, stdout }: BenchOutcome): void {
    expect(result).toMatchObject({ verdict: 'failed' })
    expect(stdout).toContain('failed')
  }

  describe('the broker is killed', () => {
    it.each([
      { what: 'idempotent', flags: ['--idempotent'] },
      { what: 'under load', flags: ['--idempotent', '--rate', '50MB/s', '--record-size', '1KiB'] },
    ])('and comes back: retries are counted, everything is delivered ($what)', async ({ what, flags }) => {
      const topic = `back-${what.replace(' ', '-')}`
      const run = bench.start(['produce', ...keep(topic), ...paced, '--duration', '8s', ...flags])
      await run.says('measuring')
      await delay(1_500)
      await only.kill()
      await only.start()
      const outcome = await run.outcome
      const { result } = outcome
      expect(outcome, outcome.stderr).toMatchObject({ code: 0, result: { verdict: 'ok', reasons: [] } })
      expect(result!.produce!.errors).toBe(0)
      expect(result!.produce!.retriesByCode).toMatchObject({ BROKER_UNREACHABLE: expect.any(Number) })
      const counted = Object.values(result!.produce!.retriesByCode).reduce((sum, count) => sum + count, 0)
      expect(result!.produce!.retries).toBe(counted)
      // It asks again with growing pauses, and does not spin.
      expect(counted).toBeLessThan(2_000)
      expect(result!.delivery).toMatchObject({ confirmed: true, acked: result!.produce!.totalRecords })
      expect(await writtenIn(topic)).toBe(result!.produce!.totalRecords)
    })

    it('under a consumer, and comes back: everything is read', async () => {
      await kafka.tools.createTopic('read-back', 2)
      const flags = ['--topic', 'read-back', '--group', 'survivors', '--records', '3000']
      const run = bench.start(['consume', ...flags])
      await run.says('measuring')
      await bench.succeed(['produce', '--topic', 'read-back', '--records', '1000'])
      await only.kill()
      await only.start()
      await bench.succeed(['produce', '--topic', 'read-back', '--records', '2000'])
      const outcome = await run.outcome
      expect(outcome, outcome.stderr).toMatchObject({ code: 0, result: { consume: { totalRecords: 3_000 } } })
      expect(outcome.result!.consume!.retries).toBeGreaterThan(0)
    })

    it('and stays away: the sends fail after the delivery timeout', async () => {
      const run = bench.start(['produce', ...keep('gone'), ...paced, ...impatient, '--duration', '60s'])
      await run.says('measuring')
      await delay(1_000)
      const killedMs = performance.now()
      await only.kill()
      const outcome = await run.outcome
      const seconds = (performance.now() - killedMs) / 1000
      await only.start()
      expectCodedError(outcome, { code: 'SENDS_FAILED', exitCode: 11 })
      expectReport(outcome)
      // The oldest record may have waited a moment already when the broker died. The run had a minute to go.
      expect(seconds).toBeGreaterThan(1.5)
      expect(seconds).toBeLessThan(40)
      expect(outcome.stderr).toContain('refused the connection')
      const { errors, errorsByCode, totalRecords } = outcome.result!.produce!
      expect(errors).toBeGreaterThan(0)
      expect(errorsByCode).toEqual({ SENDS_FAILED: errors })
      expect(totalRecords).toBeGreaterThan(0)
      // Nobody was there to confirm anything.
      expect(outcome.result!.delivery).toBeUndefined()
    })

    it('under a consumer with a group, and stays away: the last commit fails', async () => {
      await bench.succeed(['produce', ...keep('uncommitted'), '--records', '500'])
      const flags = ['--topic', 'uncommitted', '--group', 'lost', '--request-timeout', '2s', '--duration', '4s']
      const run = bench.start(['consume', ...flags])
      await run.says('measuring')
      await only.kill()
      const outcome = await run.outcome
      await only.start()
      expectCodedError(outcome, { code: 'BROKER_UNREACHABLE', exitCode: 20 })
      expectReport(outcome)
      expect(outcome.seconds).toBeLessThan(40)
      expect(outcome.result!.consume!.totalRecords).toBe(500)
    })
  })

  it('the broker freezes: requests time out, and the sends fail', async () => {
    const run = bench.start(['produce', ...keep('frozen'), ...paced, ...impatient, '--duration', '60s'])
    await run.says('measuring')
    await delay(1_000)
    await only.freeze()
    const frozenMs = performance.now()
    const outcome = await run.outcome
    await only.thaw()
    expectCodedError(outcome, { code: 'SENDS_FAILED', exitCode: 11 })
    expectReport(outcome)
    expect((performance.now() - frozenMs) / 1000).toBeLessThan(40)
  })

  it('the broker freezes for a moment: late, but complete', async () => {
    const run = bench.start(['produce', ...keep('slow'), ...paced, '--idempotent', '--duration', '8s'])
    await run.says('measuring')
    await only.freeze()
    await delay(2_000)
    await only.thaw()
    const { code, result } = await run.outcome
    expect(code).toBe(0)
    // An open loop: the records that were due in the meantime are sent, and their lateness is counted.
    expect(result!.produce!.offered! - result!.produce!.records).toBeLessThan(3_000)
    expect(result!.produce!.latency!.maxMs).toBeGreaterThan(1_800)
    expect(result!.produce!.latency!.p90Ms).toBeGreaterThan(100)
    expect(await writtenIn('slow')).toBe(result!.produce!.totalRecords)
  })

  // All at once: each waits a while, because a broker that has just come back does not know every topic either.
  describe.concurrent('the topic is deleted', () => {
    it('under a producer', async () => {
      const run = bench.start(['produce', ...keep('deleted'), ...paced, '--duration', '60s'])
      await run.says('measuring')
      await kafka.tools.deleteTopic('deleted')
      const outcome = await run.outcome
      expectCodedError(outcome, { code: 'TOPIC_UNKNOWN', exitCode: 23 })
      expectReport(outcome)
      expect(outcome.stderr).toContain("topic 'deleted' was deleted during the run")
      expect(outcome.result!.produce!.errors).toBeGreaterThan(0)
    })

    it('under a consumer', async () => {
      await bench.succeed(['produce', ...keep('vanished'), '--records', '100'])
      const run = bench.start(['consume', '--topic', 'vanished', '--duration', '60s'])
      await run.says('measuring')
      await kafka.tools.deleteTopic('vanished')
      const outcome = await run.outcome
      expectCodedError(outcome, { code: 'TOPIC_UNKNOWN', exitCode: 23 })
      expectReport(outcome)
      expect(outcome.result!.consume!.totalRecords).toBe(100)
    })

    it('and made again under a producer', async () => {
      const run = bench.start(['produce', ...keep('remade'), ...paced, '--duration', '60s'])
      await run.says('measuring')
      await kafka.tools.deleteTopic('remade')
      await kafka.tools.createTopic('remade', 3)
      const outcome = await run.outcome
      expectCodedError(outcome, { code: 'TOPIC_UNKNOWN', exitCode: 23 })
      expectReport(outcome)
      expect(outcome.stderr).toContain('created again')
    })
  })

  it('somebody else writes to the topic: the books do not balance', async () => {
    const run = bench.start(['produce', ...keep('shared'), ...paced, '--duration', '60s'])
    await run.says('measuring')
    await kafka.tools.write('shared', ['one', 'two'])
    run.process.kill('SIGINT')
    const outcome = await run.outcome
    expectCodedError(outcome, { code: 'DELIVERY_MISMATCH', exitCode: 10 })
    expectReport(outcome)
    const { delivery } = outcome.result!
    expect(delivery!.confirmed).toBe(false)
    expect(delivery!.brokerDelta - delivery!.acked).toBe(2)
  })
})
