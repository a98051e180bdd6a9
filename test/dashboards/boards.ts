// The boards as they are committed, for tests: what Grafana gets, not what our own types say of it.
import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('../../dashboards/json/', import.meta.url)

export interface Target {
  readonly refId: string
  readonly expr: string
  readonly legendFormat?: string
  readonly instant?: boolean
  readonly range?: boolean
  readonly datasource?: unknown
}

export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly datasource?: unknown
  readonly targets?: readonly Target[]
  readonly links?: readonly { readonly url: string }[]
  readonly fieldConfig?: {
    readonly defaults: { readonly unit?: string; readonly noValue?: string; readonly thresholds?: unknown }
    readonly overrides: readonly { readonly properties: readonly { readonly id: string; readonly value: unknown }[] }[]
  }
}

export interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly schemaVersion: number
  readonly panels: readonly Panel[]
  readonly templating: {
    readonly list: readonly {
      readonly name: string
      readonly type: string
      readonly definition?: string
      readonly datasource?: unknown
    }[]
  }
  readonly annotations: { readonly list?: readonly { readonly expr?: string; readonly datasource?: unknown }[] }
  readonly links: readonly unknown[]
}

export interface BoardFile {
  readonly name: string
  readonly board: Dashboard
}

export const boardFiles: readonly BoardFile[] = readdirSync(folder)
  .filter(file => file.endsWith('.json'))
  .map(file => ({
    name: file.replace(/\.json$/, ''),
    board: JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
  }))

export const panelsOf = ({ panels }: Dashboard): Panel[] => panels.filter(({ type }) => type !== 'row')

export interface BoardQuery {
  /** As a failure names it. */
  readonly where: string
  readonly panel: Panel
  readonly target: Target
}

export const queriesOf = ({ name, board }: BoardFile): BoardQuery[] =>
  panelsOf(board).flatMap(panel =>
    (panel.targets ?? []).map(target => ({ where: `${name} / ${panel.title} / ${target.refId}`, panel, target })),
  )
