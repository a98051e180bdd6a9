// Shows that the live page grows with a run, against the embedded broker and in a real browser: it moves while the run goes on, and
// ends as the report of the result. Pages that come late or come again see all of it.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { type LiveWeb, serveLive } from '../../loadgen/live/web.ts'
import type { BenchPlan } from '../../loadgen/plan.ts'
import { runBench } from '../../loadgen/run.ts'
import { parseThreshold, type ThresholdPlan } from '../../loadgen/verdict/thresholds/grammar.ts'
import { consumeDefaults, produceDefaults, producePlan } from '../kafka/bench/plans.ts'
import { describePages, drawn, expectValuesOf } from './browser.ts'

let cluster: EmbeddedCluster
let web: LiveWeb
beforeAll(async () => {
  cluster = await startBroker({ brokers: 1 })
  web = await serveLive({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await web.close()
  await cluster.close()
})

const thresholds = ['response_time: p(99)<60000', 'records_produced: count<1'].map(
  text => (parseThreshold(text) as { value: ThresholdPlan }).value,
)

function planOf(topic: string): BenchPlan {
  const rate = { kind: 'records', perSec: 2000 } as const
  const plan = producePlan(cluster.bootstrap, { topic, create: { partitions: 3 }, durationMs: 4000 })
  const consume = { ...consumeDefaults, decode: 'records', stopAtEnd: false, isolation: 'read_committed' } as const
  const transactions = { id: 'page', durationMs: 100, abortRatio: 0.2, timeoutMs: 60_000 }
  const produce = { ...produceDefaults, rate, transactions, acks: -1, idempotent: true } as const
  return { ...plan, mode: 'roundtrip', produce, consume, thresholds }
}

function run(topic: string) {
  web.begin(topic)
  return runBench(planOf(topic), { onTick: web.onTick, onView: web.onView }).then(result => {
    web.finish(result)
    return result
  })
}

describePages('the live page', open => {
  it('waits for the run, grows with it, and ends as its report', { timeout: 60_000 }, async () => {
    web.begin('a')
    const { page, complaints } = await open(web.url)
    expect(await page.textContent('body')).toContain('about to begin')
    const running = run('a')
    await page.waitForSelector('.badge.live')
    // What is read stays, also when the next tick has taken its place.
    const before = (await (await page.waitForSelector('.ticker')).textContent())!
    expect(before).toMatch(/offered.*sent.*acked.*consumed.*transactions.*aborted.*in flight.*lag.*generator/)
    // It moves: what the ticker says now it did not say before.
    await page.waitForFunction(text => document.querySelector('.ticker')?.textContent !== text, before)
    await page.waitForFunction(() => document.querySelectorAll('.chart canvas').length > 2)
    expect(await page.$$eval('.tick, .cross', marks => marks.map(mark => mark.textContent))).toHaveLength(2)
    const result = await running
    await page.waitForSelector('.badge.bad')
    await drawn(page)
    expect(await expectValuesOf(page, result)).toBeGreaterThan(40)
    expect(await page.textContent('main')).toMatch(/aborted on purpose/)
    expect(result.produce!.transactions).toMatchObject({ failed: 0, committed: expect.any(Number) })
    expect(await page.$$eval('.tick, .cross', marks => marks.map(mark => mark.textContent))).toEqual(['✓', '✗'])
    expect(complaints).toEqual([])

    const late = await open(web.url)
    await drawn(late.page)
    expect(await expectValuesOf(late.page, result)).toBeGreaterThan(30)
    expect(late.complaints).toEqual([])
    await late.page.close()

    // The next run of a set takes the page over.
    const next = run('b')
    await page.waitForFunction(() => document.body.textContent.includes('topic b'))
    expect((await next).verdict).toBe('failed')
    await page.waitForSelector('.badge.bad')
    expect(complaints).toEqual([])
    await page.close()
  })

  it('answers what is asked, and nothing else', async () => {
    const asked = async (path: string, init?: RequestInit) => (await fetch(new URL(path, web.url), init)).status
    expect(await asked('/result.json')).toBe(200)
    expect(await asked('/nothing')).toBe(404)
    expect(await asked('/', { method: 'POST' })).toBe(405)
  })
})
