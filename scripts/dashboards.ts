// Writes dashboards/json/ from the boards in dashboards/boards/; with --check, fails when a file is not what its board says.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { boardFiles, boardsKustomization } from '../dashboards/generate.ts'

const folder = new URL('../dashboards/json/', import.meta.url)
const files = new Map([...boardFiles(), ['kustomization.yaml', boardsKustomization()]])
const left = readdirSync(folder).filter(name => !files.has(name))

if (process.argv.includes('--check')) {
  const stale = [...files].filter(([name, text]) => readOr(name) !== text).map(([name]) => name)
  if (stale.length + left.length > 0) {
    console.error(`dashboards/json is out of date (${[...stale, ...left].join(', ')}): run npm run generate`)
    process.exitCode = 1
  }
} else {
  for (const [name, text] of files) writeFileSync(new URL(name, folder), text)
  for (const name of left) rmSync(new URL(name, folder))
}

function readOr(name: string): string | undefined {
  try {
    return readFileSync(new URL(name, folder), 'utf8')
  } catch {
    return undefined
  }
}
