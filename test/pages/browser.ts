// A real Chromium, headless, for suites that look at pages. Debian's package is installed where it is missing and can be; else the
// suites are skipped with the reason, and in CI they fail.
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { describeClient, reasonWithout } from '../broker/clients/describe-client.ts'

const executablePath = '/usr/bin/chromium'

export interface OpenPage {
  readonly page: Page
  /** Errors and warnings of the console, exceptions, and requests for anything but the page itself. */
  readonly complaints: string[]
}

export type Opens = (url: string, options?: BrowserContextOptions) => Promise<OpenPage>

export function describePages(name: string, suite: (open: Opens) => void): void {
  describeClient(name, reasonWithout('chromium', '--version', 'chromium'), () => {
    let browser: Browser
    beforeAll(async () => {
      // Root has no sandbox; the pages are our own.
      browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
    })
    afterAll(() => browser.close())
    suite((url, options) => open(browser, url, options))
  })
}

async function open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options })
  const complaints: string[] = []
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', error => complaints.push(`exception: ${error.message}`))
  page.on('request', request => {
    const { origin } = new URL(url)
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== origin) {
      complaints.push(`request: ${request.url()}`)
    }
  })
  await page.goto(url)
  return { page, complaints }
}

/** Charts are drawn in the frame after the page. */
export async function drawn(page: Page): Promise<void> {
  await page.waitForSelector('.chart canvas')
  await page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))))
}

/** Every number that the page says stands in the result, with no more rounding than its digits. */
export async function expectValuesOf(page: Page, result: unknown, prefix = ''): Promise<number> {
  const shown = await page.$$eval('[data-path]', elements =>
    elements.map(element => ({ path: element.getAttribute('data-path')!, text: element.textContent! })),
  )
  const own = shown.filter(({ path }) => (prefix === '' ? !/^\d+:/.test(path) : path.startsWith(prefix)))
  for (const { path, text } of own) {
    const value = at(result, path.slice(prefix.length))
    expect(value, `${path}, shown as ${text}`).toBeDefined()
    if (typeof value !== 'number') {
      expect(wordsFor(value), path).toContain(text)
      continue
    }
    const decimals = text.split('.')[1]?.length ?? 0
    expect(Math.abs(Number(text.replaceAll(',', '')) - value), `${path}, shown as ${text}`).toBeLessThanOrEqual(
      0.5000001 * 10 ** -decimals,
    )
  }
  return own.length
}

const wordsFor = (value: unknown): string[] =>
  value === true ? ['✓', 'confirmed'] : value === false ? ['✗', 'NOT confirmed'] : [String(value)]

/** `produce.retriesByCode.REQUEST_TIMED_OUT`, `thresholds.0.ok` */
const at = (result: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], result)
