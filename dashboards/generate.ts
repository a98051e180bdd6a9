// The boards as the files that Grafana imports.
import { dashboardOf } from './board.ts'
import { boards } from './boards/index.ts'

/** File name to its text, the same each time. */
export const boardFiles = (): ReadonlyMap<string, string> =>
  new Map(boards.map(board => [`${board.name}.json`, `${JSON.stringify(dashboardOf(board), undefined, 2)}\n`]))
