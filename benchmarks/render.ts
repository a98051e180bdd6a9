// Writes benchmarks/RESULTS.md from the newest data file. `--check` writes nothing and fails when the page differs.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { newestDataPath, pagePath, pageText, readData } from './files.ts'

export function renderNewest(check: boolean): void {
  const dataPath = newestDataPath()
  if (dataPath === undefined) return console.error('benchmarks/results holds no data file yet')
  const page = pageText(readData(dataPath))
  if (!check) return writeFileSync(pagePath, page)
  if (existsSync(pagePath) && readFileSync(pagePath, 'utf8') === page) return
  console.error('benchmarks/RESULTS.md is out of date: run node benchmarks/render.ts')
  process.exitCode = 1
}

if (import.meta.main) renderNewest(process.argv.includes('--check'))
