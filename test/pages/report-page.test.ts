// Shows that the report page says what the result says, in a real browser: every number, no error, nothing fetched, on a screen and on
// a phone, in a light and in a dark theme; that its charts are drawn; and that several runs are laid over each other.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { htmlPage } from '../../loadgen/report/html/html.ts'
import { pageModel, testPageModel } from '../../loadgen/report/html/model.ts'
import type { Result } from '../../loadgen/result.ts'
import type { TestResult } from '../../loadgen/test/result.ts'
import {
  emptyConsumeResult,
  picturedResult,
  processedResult,
  produceResult,
  transactionalResult,
} from '../loadgen/report/result-fixture.ts'
import { describePages, drawn, expectValuesOf } from './browser.ts'

const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }
const longNames: Result = {
  ...picturedResult,
  reasons: [{ code: 'X', message: `no ${'o'.repeat(300)} <img src=x onerror=alert(1)>` }],
  environment: { ...picturedResult.environment, topic: { ...picturedResult.environment.topic, name: 't'.repeat(249) } },
}

/** With these scenarios measured as a run, beside one of functions. */
function testOf(measured: readonly string[]): TestResult {
  const counts = { startSeconds: 0, tags: {}, iterations: 12_345, dropped: 0, interrupted: 0 }
  return {
    ...{ kind: 'millrace-test', schemaVersion: 1, verdict: 'failed', script: 'shop.ts', durationSeconds: 30 },
    reasons: [{ code: 'THRESHOLDS_CROSSED', message: 'too slow' }],
    startedAt: '2026-01-02T03:04:05.678Z',
    tags: { team: 'shop' },
    metrics: { order_age: { type: 'trend', contains: 'time', values: { avg: 1.5, 'p(95)': 2 } } },
    checks: [{ name: 'has an offset', passes: 41, fails: 1 }],
    thresholds: picturedResult.thresholds!,
    delivery: {},
    scenarios: [
      ...measured.map(name => ({
        ...({
          name,
          executor: 'constant-arrival-rate',
          lane: 'declarative',
          role: 'produce',
          topic: 'orders',
        } as const),
        ...counts,
        result: picturedResult,
      })),
      { name: 'work', executor: 'constant-vus', lane: 'scripted', ...counts, dropped: 3 },
    ],
  }
}

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-page-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function fileOf(name: string, ...results: Result[]): string {
  const path = join(dir, `${name}.html`)
  writeFileSync(path, htmlPage(pageModel(results.map((result, index) => ({ label: `run ${index + 1}`, result })))))
  return pathToFileURL(path).href
}

/** Colours that are on a canvas: one means that nothing was drawn. */
const inkOf = (page: Page) =>
  page.$$eval('.chart canvas', canvases =>
    canvases.map(element => {
      const canvas = element as HTMLCanvasElement
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
      const colours = new Set<number>()
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3]! > 0) colours.add((data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!)
      }
      return colours.size
    }),
  )

/** WCAG 2: 4.5 and more can be read by nearly everybody. */
const worstContrast = (page: Page) =>
  page.evaluate(() => {
    const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number)
    const luminance = ([r = 0, g = 0, b = 0]: number[]) => {
      const [lr, lg, lb] = [r, g, b].map(value => {
        const share = value / 255
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * lr! + 0.7152 * lg! + 0.0722 * lb!
    }
    const groundOf = (element: Element | null): number[] => {
      if (element === null) return [255, 255, 255]
      const colour = channels(getComputedStyle(element).backgroundColor)
      return colour.length === 4 && colour[3] === 0 ? groundOf(element.parentElement) : colour
    }
    const texts = [...document.querySelectorAll('main *')].filter(
      element =>
        element.checkVisibility() &&
        [...element.childNodes].some(node => node.nodeType === 3 && node.textContent!.trim() !== ''),
    )
    const worst = { ratio: 21, text: '' }
    for (const element of texts) {
      const [one, other] = [luminance(channels(getComputedStyle(element).color)), luminance(groundOf(element))]
      const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
      if (ratio < worst.ratio) Object.assign(worst, { ratio, text: element.textContent!.slice(0, 40) })
    }
    return worst
  })

/** What is wider than the screen, but for what may be scrolled by itself. */
const tooWide = (page: Page) =>
  page.evaluate(() => [
    ...(document.documentElement.scrollWidth > innerWidth ? [`page ${document.documentElement.scrollWidth}`] : []),
    ...[...document.querySelectorAll('main *')]
      .filter(
        element => element.closest('.scroll, pre') === null && element.getBoundingClientRect().right > innerWidth + 1,
      )
      .map(element => `${element.tagName}.${element.className}`),
  ])

const smallestText = (page: Page) =>
  page.$$eval('main *', elements =>
    Math.min(...elements.filter(e => e.checkVisibility()).map(e => Number.parseFloat(getComputedStyle(e).fontSize))),
  )

describePages('a report page', open => {
  it.each([
    ['with everything', picturedResult, 40],
    ['of a produce run', produceResult, 15],
    ['of a run in transactions', transactionalResult, 65],
    ['of read-process-write', processedResult, 50],
    ['of a run that measured nothing', emptyConsumeResult, 4],
  ])('%s says what the result says, without an error', async (name, result, valuesMin) => {
    const { page, complaints } = await open(fileOf(name, result))
    await page.waitForSelector('h1')
    expect(await expectValuesOf(page, result)).toBeGreaterThanOrEqual(valuesMin)
    expect(await page.textContent('h1')).toBe(`millrace bench ${result.mode}`)
    expect(complaints).toEqual([])
    await page.close()
  })

  it('has drawn its charts, with the limits of thresholds and the heat map', async () => {
    const { page, complaints } = await open(fileOf('charts', picturedResult))
    await drawn(page)
    const inks = await inkOf(page)
    expect(inks.length).toBeGreaterThanOrEqual(8)
    expect(Math.min(...inks)).toBeGreaterThan(5)
    const titles = await page.$$eval('.charts .card:not([hidden]) h2', all => all.map(each => each.textContent))
    expect(titles).toEqual([
      'Throughput',
      'Response time over time',
      'End-to-end latency over time',
      'Response time, heat map',
      'Percentiles',
      'Lag and backlog',
      'Errors and retries',
      'CPU of the generator',
    ])
    expect(complaints).toEqual([])
    await page.close()
  })

  it.each([
    ['transactions', transactionalResult, ['Commit time over time', 'Transactions'], 'committed aborted on purpose'],
    ['records that are passed on', processedResult, ['Commit time over time', 'Transactions'], 'passed on'],
  ] as const)('has drawn what becomes of %s', async (name, result, titles, legend) => {
    const { page, complaints } = await open(fileOf(name, result), phone)
    await drawn(page)
    const shown = await page.$$eval('.charts .card:not([hidden]) h2', all => all.map(each => each.textContent))
    expect(shown).toEqual(expect.arrayContaining([...titles]))
    const legends = await page.$$eval('.u-legend', all => all.map(each => each.textContent!.replace(/[-–:\s]+/g, ' ')))
    expect(legends.join(' ')).toContain(legend)
    expect(Math.min(...(await inkOf(page)))).toBeGreaterThan(5)
    expect(await tooWide(page)).toEqual([])
    expect(complaints).toEqual([])
    await page.close()
  })

  it.each(['light', 'dark'] as const)('can be read in a %s theme', async colorScheme => {
    const { page, complaints } = await open(fileOf('theme', picturedResult), { colorScheme })
    await drawn(page)
    const worst = await worstContrast(page)
    expect(worst.ratio, worst.text).toBeGreaterThanOrEqual(4.5)
    expect(await smallestText(page)).toBeGreaterThanOrEqual(11)
    expect(complaints).toEqual([])
    await page.close()
  })

  it('follows a theme that changes while it is open', async () => {
    const { page, complaints } = await open(fileOf('change', picturedResult), { colorScheme: 'light' })
    await drawn(page)
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const before = await ground()
    await page.emulateMedia({ colorScheme: 'dark' })
    await drawn(page)
    expect(await ground()).not.toBe(before)
    expect(Math.min(...(await inkOf(page)))).toBeGreaterThan(5)
    expect(complaints).toEqual([])
    await page.close()
  })

  it('fits a phone, also with long names', async () => {
    const { page, complaints } = await open(fileOf('phone', longNames), phone)
    await drawn(page)
    expect(await tooWide(page)).toEqual([])
    expect(await smallestText(page)).toBeGreaterThanOrEqual(11)
    expect(complaints).toEqual([])
    await page.close()
  })

  it('lays runs over each other, each number with its own run', async () => {
    const { page, complaints } = await open(fileOf('two', picturedResult, produceResult))
    await drawn(page)
    await expectValuesOf(page, picturedResult)
    expect(await expectValuesOf(page, picturedResult, '0:')).toBeGreaterThan(5)
    expect(await expectValuesOf(page, produceResult, '1:')).toBeGreaterThan(3)
    const legends = await page.$$eval('.u-legend', all => all.map(each => each.textContent).join(' '))
    expect(legends).toContain('run 1 response')
    expect(legends).toContain('p99 run 2')
    expect(complaints).toEqual([])
    await page.close()
  })

  it.each([
    ['a test', ['shop', 'billing']],
    ['a test that is all script', []],
  ] as const)('of %s says what the test says, on a phone too', async (name, measured) => {
    const test = testOf(measured)
    const path = join(dir, `${name}.html`)
    writeFileSync(path, htmlPage(testPageModel(test)))
    const { page, complaints } = await open(pathToFileURL(path).href, phone)
    await page.waitForSelector('h1')
    expect(await page.textContent('h1')).toBe('millrace run shop.ts')
    expect(
      await expectValuesOf(page, { ...picturedResult, ...test, delivery: picturedResult.delivery }),
    ).toBeGreaterThan(measured.length > 0 ? 60 : 5)
    expect(await page.textContent('main')).toContain('avg=1.50ms p(95)=2.00ms')
    expect(await page.textContent('main')).toContain('has an offset')
    expect(await page.$$('.charts .card:not([hidden])')).toHaveLength(measured.length > 0 ? 6 : 0)
    expect(await tooWide(page)).toEqual([])
    expect(complaints).toEqual([])
    await page.close()
  })

  it('gives its data away as it came', async () => {
    const { page } = await open(fileOf('save', picturedResult))
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('footer button')])
    const chunks: Buffer[] = []
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer)
    expect(JSON.parse(Buffer.concat(chunks).toString('utf8'))).toEqual(picturedResult)
    await page.close()
  })
})
