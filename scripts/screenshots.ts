// `npm run screenshots`: the pictures of the report page in docs/images/, of a run made for them: a roundtrip against the embedded
// broker, whose answers are slow for a while. Needs Chromium (Debian's package).
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium } from 'playwright-core'
import { parseFault, startBroker } from '../broker/index.ts'
import { serveLive } from '../loadgen/live/web.ts'
import { htmlPage } from '../loadgen/report/html/html.ts'
import { pageModel } from '../loadgen/report/html/model.ts'
import type { Result } from '../loadgen/result.ts'
import { runBench } from '../loadgen/run.ts'
import { parseThreshold, type ThresholdPlan } from '../loadgen/verdict/thresholds/grammar.ts'
import { consumeDefaults, produceDefaults, producePlan } from '../test/kafka/bench/plans.ts'

const images = fileURLToPath(new URL('../docs/images/', import.meta.url))
const screen = { viewport: { width: 1240, height: 1000 } }
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, deviceScaleFactor: 1.5 }
const rate = {
  kind: 'records',
  perSec: 60_000,
  shape: {
    kind: 'stages',
    stages: [
      { fromPerSec: 20_000, toPerSec: 60_000, durationMs: 15_000 },
      { fromPerSec: 60_000, toPerSec: 60_000, durationMs: 25_000 },
    ],
  },
} as const
const thresholds = ['response_time: p(99)<100', 'e2e_time: p(99)<150, over 10s', 'produce_failed: rate==0'].map(
  text => (parseThreshold(text) as { value: ThresholdPlan }).value,
)

async function shoot(browser: Browser, url: string, name: string, options: BrowserContextOptions): Promise<void> {
  const page = await browser.newPage(options)
  await page.goto(url)
  await page.waitForSelector('.chart canvas')
  await page.evaluate('new Promise(resolve => setTimeout(resolve, 300))')
  await page.screenshot({ path: join(images, `${name}.png`) })
  await page.close()
}

async function run(browser: Browser): Promise<Result> {
  const cluster = await startBroker({ brokers: 3 })
  const web = await serveLive({ host: '127.0.0.1', port: 0 })
  try {
    const plan = producePlan(cluster.bootstrap, {
      topic: 'orders',
      create: { partitions: 6, replicationFactor: 3, keep: false },
      warmupMs: 5_000,
      durationMs: 35_000,
    })
    const consume = { ...consumeDefaults, decode: 'records', stopAtEnd: false } as const
    web.begin('orders')
    let seconds = 0
    let shot: Promise<void> | undefined
    const result = await runBench(
      { ...plan, mode: 'roundtrip', produce: { ...produceDefaults, rate }, consume, thresholds },
      {
        onTick: web.onTick,
        onView(view) {
          web.onView(view)
          seconds++
          if (seconds === 20) void cluster.faults.add(parseFault('delay:api=Produce,by=250ms,for=3s'))
          if (seconds === 34) shot = shoot(browser, web.url, 'live', { ...screen, colorScheme: 'dark' })
        },
      },
    )
    await shot
    return result
  } finally {
    await web.close()
    await cluster.close()
  }
}

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
const dir = mkdtempSync(join(tmpdir(), 'millrace-images-'))
try {
  mkdirSync(images, { recursive: true })
  const result = await run(browser)
  const path = join(dir, 'report.html')
  writeFileSync(path, htmlPage(pageModel([{ label: 'orders', result }])))
  const { href } = pathToFileURL(path)
  await shoot(browser, href, 'report', { ...screen, colorScheme: 'light' })
  await shoot(browser, href, 'phone', { ...phone, colorScheme: 'light' })
} finally {
  await browser.close()
  rmSync(dir, { recursive: true, force: true })
}
