// A generated page of docs/: written in the repository's own format, or compared with what its source says (`--check`).
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const biomePath = fileURLToPath(new URL('../node_modules/.bin/biome', import.meta.url))

export const readPage = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

export function writePage(path: string, text: string): void {
  const formatted = execFileSync(biomePath, ['format', `--stdin-file-path=${path}`], { input: text, encoding: 'utf8' })
  if (!process.argv.includes('--check')) return writeFileSync(new URL(`../${path}`, import.meta.url), formatted)
  if (readPage(path) === formatted) return
  console.error(`${path} is out of date: run npm run generate`)
  process.exitCode = 1
}
