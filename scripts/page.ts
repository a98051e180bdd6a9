// A generated page of docs/: written in the repository's own format, or compared with what its source says (`--check`).
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const biomePath = fileURLToPath(new URL('../node_modules/.bin/biome', import.meta.url))

export const readPage = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

export const formatted = (path: string, text: string): string =>
  execFileSync(biomePath, ['format', `--stdin-file-path=${path}`], { input: text, encoding: 'utf8' })

export function writePage(path: string, text: string): void {
  const page = formatted(path, text)
  if (!process.argv.includes('--check')) return writeFileSync(new URL(`../${path}`, import.meta.url), page)
  if (readPage(path) === page) return
  console.error(`${path} is out of date: run npm run generate`)
  process.exitCode = 1
}
