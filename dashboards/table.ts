// Tables: each column is a query, joined by the labels that name a row, so that one line says all about a group or a broker.
import { TableCellDisplayMode, TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common'
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard'
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table'
import {
  boardUrl,
  dress,
  heights,
  type Look,
  mappingsOf,
  now,
  type PanelContext,
  type PanelMaker,
  refIdOf,
  type States,
  type Steps,
  thresholds,
} from './look.ts'

export interface Column {
  readonly title: string
  /** One sample for each row, with the labels of the keys and no others. */
  readonly expr: string
  readonly unit?: string
  readonly steps?: Steps
  readonly states?: States
  /** Its labels are wanted, its value is not. */
  readonly hidden?: boolean
}

export interface TableLook extends Look {
  /** Labels that name a row. */
  readonly keys: readonly { readonly label: string; readonly title: string; readonly link?: string }[]
  readonly columns: readonly Column[]
  /** Labels of hidden columns to show behind the keys. */
  readonly labels?: readonly string[]
  /** Title of a column. */
  readonly sortBy?: string
  readonly ascending?: boolean
  /** Rows are those of the first column: with thousands of groups only its top is asked for. */
  readonly onlyFirst?: boolean
}

export const table =
  (look: TableLook): PanelMaker =>
  context => {
    const { keys, columns, sortBy, ascending = false } = look
    const builder = dress(new TableBuilder(), look, context, heights.panel)
      .targets(exprsOf(look).map((expr, index) => now(expr, refIdOf(index)).format(PromQueryFormat.Table)))
      .withTransformation({ id: 'merge', options: {} })
      .withTransformation({ id: 'organize', options: organization(look) })
      .showHeader(true)
    if (sortBy !== undefined) builder.sortBy([new TableSortByFieldStateBuilder().displayName(sortBy).desc(!ascending)])
    for (const { title, link, label } of keys)
      if (link !== undefined) builder.withOverride(override(title, [linkProperty(link, label, context)]))
    for (const column of columns) {
      const properties = column.hidden ? [] : propertiesOf(column)
      if (properties.length > 0) builder.withOverride(override(column.title, properties))
    }
    return builder
  }

function exprsOf({ keys, columns, onlyFirst = false }: TableLook): string[] {
  const [first] = columns
  const labels = keys.map(({ label }) => label).join(', ')
  return columns.map(({ expr }, index) =>
    onlyFirst && index > 0 ? `(${expr}) and on (${labels}) (${first!.expr})` : expr,
  )
}

/** `merge` calls values by the query they come from. */
const valueField = (index: number) => `Value #${refIdOf(index)}`

function organization({ keys, columns, labels = [] }: TableLook) {
  const fields = [...keys.map(({ label }) => label), ...labels]
  const shown = [...fields, ...columns.map((_, index) => valueField(index))]
  const hidden = columns.flatMap(({ hidden }, index) => (hidden ? [valueField(index)] : []))
  return {
    excludeByName: Object.fromEntries(['Time', ...hidden].map(name => [name, true])),
    indexByName: Object.fromEntries(shown.map((name, index) => [name, index])),
    renameByName: Object.fromEntries([
      ...keys.map(({ label, title }) => [label, title]),
      ...labels.map(label => [label, label.replaceAll('_', ' ')]),
      ...columns.map(({ title }, index) => [valueField(index), title]),
    ]),
  }
}

const override = (title: string, properties: DynamicConfigValue[]) => ({
  matcher: { id: 'byName', options: title },
  properties,
})

function propertiesOf({ unit, steps, states }: Column): DynamicConfigValue[] {
  const isColored = steps !== undefined || states !== undefined
  return [
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ...(steps === undefined ? [] : [{ id: 'thresholds', value: thresholds(steps).build() }]),
    ...(states === undefined ? [] : [{ id: 'mappings', value: mappingsOf(states) }]),
    ...(isColored ? [{ id: 'custom.cellOptions', value: { type: TableCellDisplayMode.ColorText } }] : []),
  ]
}

const linkProperty = (board: string, label: string, context: PanelContext): DynamicConfigValue => ({
  id: 'links',
  value: [{ title: `Open ${label}`, url: boardUrl(board, context, `var-${label}=\${__value.text}`) }],
})
