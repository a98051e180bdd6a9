// Shows what a run tells to Prometheus, and what its page is served as: counters that add up over windows, quantiles of the last one,
// nothing for what the run does not have; events for who listens, and nothing worked out for nobody.
import { get } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { makeHistogram } from '../../core/histogram.ts'
import { RunMetrics, runMetricsText, serveRunMetrics } from '../../loadgen/live/prometheus.ts'
import { type LiveWeb, serveLive } from '../../loadgen/live/web.ts'
import type { BenchPlan } from '../../loadgen/plan.ts'
import type { Progress, RunView, Tick } from '../../loadgen/progress.ts'
import { readPage } from '../../loadgen/report/html/html.ts'
import type { Window } from '../../loadgen/result.ts'
import { benchOf, consumeOf, produceOf } from './plans.ts'
import { picturedResult, processedResult, produceResult } from './report/result-fixture.ts'

const [first, second] = picturedResult.windows
const progressOf = (window: Progress['window']): Progress => ({
  phase: 'measuring',
  elapsedSec: window.sec,
  totalSec: 30,
  window,
  producedTotal: 1,
  consumedTotal: 0,
  inFlight: 4,
  errorsByCode: {},
  thresholds: picturedResult.thresholds ?? [],
})
const tick: Tick = {
  phase: 'measuring',
  elapsedSec: 2,
  totalSec: 30,
  offeredPerSec: 1,
  sentPerSec: 1,
  ackedPerSec: 1,
  consumedPerSec: undefined,
  inFlight: 5,
  lag: undefined,
  errors: 0,
  cpuPercent: 50,
  loopLateMs: 2,
}

describe('metrics of a run', () => {
  it('every record is in the buckets of its time, over all windows', () => {
    const response = makeHistogram()
    response.recordValueWithCount(3_000_000, 5)
    response.recordValueWithCount(40_000_000, 2)
    const metrics = new RunMetrics(benchOf({ produce: produceOf() }))
    for (const window of [first!, second!])
      metrics.onProgress({ ...progressOf(window), latencies: { response, e2e: undefined } })
    const text = runMetricsText([metrics], 'prometheus')
    const bucket = (le: string) =>
      Number(
        new RegExp(`^millrace_run_response_distribution_seconds_bucket\\{.*le="${le}"\\} (\\d+)`, 'm').exec(text)?.[1],
      )
    expect([
      bucket('0.001953125'),
      bucket('0.00390625'),
      bucket('0.03125'),
      bucket('0.0625'),
      bucket('\\+Inf'),
    ]).toEqual([0, 10, 10, 14, 14])
    expect(Number(/_distribution_seconds_sum\{.*\} (\S+)/.exec(text)?.[1])).toBeCloseTo(2 * (5 * 0.003 + 2 * 0.04), 3)
  })

  const plan = benchOf({ produce: produceOf({ rate: { kind: 'records', perSec: 10 } }) })

  it('add up over windows, and are absent for what the run does not have', () => {
    const metrics = new RunMetrics(plan)
    expect(runMetricsText([metrics], 'prometheus')).not.toContain('millrace_run_phase')
    for (const window of [first!, second!]) metrics.onProgress(progressOf(window))
    metrics.onTick(tick)
    const lines = runMetricsText([metrics], 'prometheus').split('\n')
    const sampleOf = (start: string) =>
      lines
        .find(line => line.startsWith(start))
        ?.split(' ')
        .at(-1)
    const labels = '{mode="produce",topic="orders"'
    expect(sampleOf(`millrace_run_records_offered_total${labels}}`)).toBe(String(first!.offered! + second!.offered!))
    expect(sampleOf(`millrace_run_records_produced_total${labels}}`)).toBe(String(first!.produced! + second!.produced!))
    expect(sampleOf(`millrace_run_response_time_seconds${labels},quantile="0.99"}`)).toBe(
      String(second!.produceP99Ms! / 1000),
    )
    expect(sampleOf(`millrace_run_phase${labels},phase="measuring"}`)).toBe('1')
    expect(sampleOf(`millrace_run_in_flight${labels}}`)).toBe('5')
    expect(lines.filter(line => line.startsWith('millrace_run_e2e_distribution'))).toEqual([])
    expect(sampleOf(`millrace_run_generator_loop_late_seconds${labels}}`)).toBe('0.002')
    expect(lines.filter(line => line.startsWith('millrace_run_threshold_kept'))).toHaveLength(3)
    expect(lines.some(line => line.startsWith('millrace_run_records_consumed_total{'))).toBe(false)
  })

  it('tell how transactions have ended, how long commits took, and what consumers have passed on', () => {
    const transactions = { id: 'a', durationMs: 100, abortRatio: 0, timeoutMs: 60_000 }
    const handling = { forwardTo: 'out', errorRatio: 0, retries: 0, transactions, compression: 'none' } as const
    const consume = consumeOf({ process: { recordMs: 0, batchMs: 0, handling } })
    const commit = makeHistogram()
    commit.recordValueWithCount(3_000_000, 5)
    const windows = processedResult.windows.slice(11, 13)
    const textOf = (own: BenchPlan) => {
      const metrics = new RunMetrics(own)
      for (const window of windows) {
        metrics.onProgress({
          ...progressOf(window),
          latencies: { response: undefined, e2e: undefined, commit },
        })
      }
      return runMetricsText([metrics], 'prometheus')
    }
    const text = textOf(benchOf({ mode: 'consume', consume }))
    const sampleOf = (name: string, label: string) =>
      Number(new RegExp(`^millrace_run_${name}\\{.*${label}.*\\} (\\S+)$`, 'm').exec(text)?.[1])
    const outcomes = (name: string, ...all: string[]) => all.map(each => sampleOf(name, `outcome="${each}"`))
    const sum = (key: keyof Window) => windows.reduce((all, window) => all + Number(window[key]), 0)
    expect(outcomes('transactions_total', 'committed', 'aborted', 'failed')).toEqual([
      sum('transactionsCommitted'),
      sum('transactionsAborted'),
      2,
    ])
    expect(outcomes('transaction_records_total', 'committed', 'aborted')).toEqual([1_880_000, 60_000])
    expect(outcomes('records_handled_total', 'forwarded', 'dead_lettered', 'skipped')).toEqual([64_023, 1_200, 0])
    expect(sampleOf('failed_tries_total', '')).toBe(3_600)
    expect(sampleOf('commit_time_seconds', 'quantile="0.99"')).toBe(0.024)
    expect(sampleOf('commit_distribution_seconds_count', '')).toBe(10)

    const withoutTransactions = benchOf({ produce: produceOf() })
    expect(textOf(withoutTransactions)).not.toMatch(/^millrace_run_(transaction|commit_dist|records_handled|failed)/m)
    const inTransactions = textOf(benchOf({ produce: produceOf({ transactions }) }))
    expect(inTransactions).toContain('outcome="committed"')
    expect(inTransactions).not.toContain('millrace_run_records_handled')
  })

  it('of scenarios side by side stand together, told apart by name', () => {
    const text = runMetricsText([new RunMetrics(plan, 'a'), new RunMetrics(plan, 'b')], 'prometheus')
    expect(text.match(/^# TYPE millrace_run_records_sent_total /gm)).toHaveLength(1)
    expect(text.match(/^millrace_run_records_sent_total\{.*\} 0$/gm)).toEqual(
      ['a', 'b'].map(name => `millrace_run_records_sent_total{mode="produce",topic="orders",scenario="${name}"} 0`),
    )
  })

  it('are served with those of the process', async () => {
    const metrics = new RunMetrics(plan)
    metrics.onProgress(progressOf(first!))
    const server = await serveRunMetrics(
      { host: '127.0.0.1', port: 0 },
      () => [metrics],
      () => {},
    )
    const text = await (await fetch(`${server.url}/metrics`)).text()
    expect(text).toContain('millrace_run_records_sent_total{')
    expect(text).toContain('process_cpu_seconds_total')
    await server.close()
  })
})

describe('the page of a run', () => {
  let web: LiveWeb | undefined
  afterEach(() => web?.close())

  let lookedAt = 0
  const view: RunView = {
    progress: progressOf(first!),
    result: () => {
      lookedAt++
      return { ...produceResult, windows: [first!, second!] }
    },
    heatMaps: () => picturedResult.heatMaps ?? {},
    curves: () => ({}),
  }

  /** The events that come until one of this name has come. */
  function eventsUntil(url: string, last: string): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const request = get(new URL('/events', url), response => {
        let text = ''
        response.setEncoding('utf8').on('data', chunk => {
          text += chunk
          const names = [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name!)
          if (!names.includes(last) || !text.endsWith('\n\n')) return
          request.destroy()
          resolve(names)
        })
      })
      request.on('error', error => (request.destroyed ? undefined : reject(error)))
    })
  }

  it('works nothing out while nobody looks', async () => {
    web = await serveLive({ host: '127.0.0.1', port: 0 })
    lookedAt = 0
    web.begin('run')
    web.onView(view)
    web.onTick(tick)
    expect(lookedAt).toBe(0)
    const page = readPage(await (await fetch(web.url)).text())
    expect(lookedAt).toBe(1)
    expect(page.live).toEqual({ events: '/events' })
    expect(page.runs[0]!.result.windows).toHaveLength(2)
  })

  it('begins with all that there is, goes on, and ends with the result', async () => {
    web = await serveLive({ host: '127.0.0.1', port: 0 })
    web.begin('run')
    web.onView(view)
    const events = eventsUntil(web.url, 'final')
    const ticking = setInterval(() => web!.onTick(tick), 5)
    await eventsUntil(web.url, 'tick')
    clearInterval(ticking)
    web.finish(picturedResult)
    const names = await events
    expect(names[0]).toBe('second')
    expect(names).toContain('tick')
    expect(names.at(-1)).toBe('final')
    const page = readPage(await (await fetch(web.url)).text())
    expect(page.live).toBeUndefined()
    expect(page.runs[0]!.result).toEqual(picturedResult)
  })

  it('on an address that is taken is an error that says so', async () => {
    web = await serveLive({ host: '127.0.0.1', port: 0 })
    const port = Number(new URL(web.url).port)
    await expect(serveLive({ host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'OUTPUT_FAILED' })
  })
})
