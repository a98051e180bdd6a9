// Where the boards lie: beside the source, and at the same place in the package.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { MillraceError } from '../../core/errors.ts'
import type { PreviewBoard } from './model.ts'

/** dashboards/json of the source tree, or of the package, which lies one folder further up from dist/dashboards/preview. */
export function boardsFolder(): string {
  for (const path of ['../json/', '../../../dashboards/json/']) {
    const folder = fileURLToPath(new URL(path, import.meta.url))
    if (existsSync(folder)) return folder
  }
  throw new MillraceError('INTERNAL', 'dashboards/json is missing from this package')
}

export const boardNames = (folder = boardsFolder()): string[] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .map(name => name.slice(0, -'.json'.length))
    .sort()

export const readBoard = (name: string, folder = boardsFolder()): PreviewBoard =>
  JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8'))
