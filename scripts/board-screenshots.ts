// `npm run screenshots:boards`: the pictures of the boards in docs/images/, of the preview in headless Chromium (Debian's package), with
// three real brokers and a Prometheus that has looked at them for some minutes (--minutes, 4); --only NAME: of one board.
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { boardNames } from '../dashboards/preview/files.ts'
import { servePreview } from '../dashboards/preview/server.ts'
import { startScene } from '../test/dashboards/scene.ts'

const images = fileURLToPath(new URL('../docs/images/', import.meta.url))
const option = (name: string) =>
  process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined
const minutes = Number(option('--minutes') ?? 4)
const only = option('--only')
/** What is chosen on top. */
const chosen: Readonly<Record<string, string>> = {
  'consumer-group': 'var-group=behind&var-topic=backlog',
  topics: 'var-topic=orders',
}
/** Of the boards that the page on boards does not show. */
const left = /^kafka-exporter/

const scene = await startScene({ brokers: 3, rate: 2_000 })
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
})
const preview = await servePreview({ prometheus: scene.url, listen: { host: '127.0.0.1', port: 0 }, scrapeSec: 1 })
try {
  await delay(minutes * 60 * 1000)
  for (const name of boardNames().filter(each => (only === undefined ? !left.test(each) : each === only))) {
    const page = await browser.newPage({ viewport: { width: 1500, height: 900 }, colorScheme: 'dark' })
    await page.goto(`${preview.url}/d/millrace-${name}?minutes=5&${chosen[name] ?? ''}`)
    await page.waitForSelector('body[data-drawn]')
    await page.screenshot({ path: `${images}board-${name}.png`, fullPage: true })
    await page.close()
  }
} finally {
  await browser.close()
  await preview.close()
  await scene.close()
}
