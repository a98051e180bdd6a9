// Writes benchmarks/RESULTS.md, BROKER.md and BARS.md from the newest data files. `--check` writes nothing and fails when a
// page differs.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { newestBars } from './bars/data.ts'
import { renderBarsPage } from './bars/page.ts'
import { renderBrokerPage } from './broker-page.ts'
import { formatted, newestDataPath, pagePath, pageText, readData } from './files.ts'

export const brokerPagePath = fileURLToPath(new URL('./BROKER.md', import.meta.url))

export const renderNewest = (check: boolean): void => render(newestDataPath(), pagePath, pageText, check)

export const renderBroker = (check: boolean): void =>
  render(newestDataPath('broker-'), brokerPagePath, data => formatted('BROKER.md', renderBrokerPage(data)), check)

export const barsPagePath = fileURLToPath(new URL('./BARS.md', import.meta.url))

export function renderBars(check: boolean): void {
  const data = newestBars()
  if (data !== undefined) settle(barsPagePath, formatted('BARS.md', renderBarsPage(data)), check)
}

function render(dataPath: string | undefined, path: string, textOf: typeof pageText, check: boolean): void {
  if (dataPath === undefined) return console.error(`benchmarks/results holds no data file yet for ${path}`)
  settle(path, textOf(readData(dataPath)), check)
}

function settle(path: string, page: string, check: boolean): void {
  if (!check) return writeFileSync(path, page)
  if (existsSync(path) && readFileSync(path, 'utf8') === page) return
  console.error(`${path} is out of date: run node benchmarks/render.ts`)
  process.exitCode = 1
}

if (import.meta.main) {
  renderNewest(process.argv.includes('--check'))
  renderBroker(process.argv.includes('--check'))
  renderBars(process.argv.includes('--check'))
}
