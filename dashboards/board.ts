// A board as data, and Grafana's model of it: rows of panels, variables, links to the other boards, annotations.
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { earlier } from './earlier.ts'
import { type PanelMaker, prometheus } from './look.ts'
import { clusterVariable, type Variable } from './variables.ts'

export interface Board {
  /** Of its file, and with the prefix its uid, by which boards link to each other. */
  readonly name: string
  readonly title: string
  readonly description: string
  readonly variables: readonly Variable[]
  readonly rows: readonly Row[]
  readonly annotations?: readonly Annotation[]
  readonly time?: string
  readonly refresh?: string
}

export interface Row {
  readonly title: string
  readonly panels: readonly PanelMaker[]
}

/** A stretch of time that is marked on all graphs while the query has samples. */
export interface Annotation {
  readonly name: string
  readonly expr: string
  readonly title: string
  readonly text: string
  readonly color: string
}

export const row = (title: string, ...panels: readonly PanelMaker[]): Row => ({ title, panels })

const tag = 'millrace'

export function dashboardOf(board: Board): Dashboard {
  const builder = new DashboardBuilder(board.title)
    .uid(`${tag}-${board.name}`)
    .description(board.description)
    .tags([tag, 'kafka'])
    .timezone('browser')
    .time({ from: board.time ?? 'now-1h', to: 'now' })
    .refresh(board.refresh ?? '30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .editable()
    .link(linkToAll())
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'))
  for (const variable of board.variables) builder.withVariable(queryVariable(variable))
  for (const annotation of annotationsOf(board)) builder.annotation(annotationOf(annotation))
  const context = { variables: ['datasource', ...board.variables.map(({ name }) => name)] }
  let id = 0
  for (const { title, panels } of board.rows) {
    builder.withRow(new RowBuilder(title).id(++id))
    for (const make of panels) builder.withPanel(make(context).id(++id))
  }
  return earlier(builder.build())
}

/** What our rules (alerts/) have told of the cluster; a Prometheus without them has no such series, and nothing is marked. */
const alertsOfCluster: Annotation = {
  name: 'Alerts',
  expr: 'max by (alertname, severity) (ALERTS{alertname=~"Millrace.+",alertstate="firing",cluster="$cluster"}) == 1',
  title: '{{alertname}}',
  text: '{{severity}}',
  color: 'orange',
}

const annotationsOf = ({ variables, annotations = [] }: Board) =>
  variables.includes(clusterVariable) ? [...annotations, alertsOfCluster] : annotations

const linkToAll = () =>
  new DashboardLinkBuilder('Kafka boards')
    .type(DashboardLinkType.Dashboards)
    .tags([tag])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true)

function queryVariable({ name, label, series, valuesOf, many = false }: Variable): QueryVariableBuilder {
  const builder = new QueryVariableBuilder(name)
    .label(label)
    .datasource(prometheus)
    .query({ query: `label_values(${series}, ${valuesOf})`, refId: 'StandardVariableQuery' })
    .definition(`label_values(${series}, ${valuesOf})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(many)
    .includeAll(many)
  return many ? builder.allValue('.*').current({ selected: true, text: 'All', value: '$__all' }) : builder
}

function annotationOf({ name, expr, title, text, color }: Annotation) {
  const builder = new AnnotationQueryBuilder()
    .name(name)
    .datasource(prometheus)
    .enable(true)
    .iconColor(color)
    .expr(expr)
  const built = builder.build()
  // What the data source makes of a sample is its own affair, so the model does not name it.
  return { build: () => Object.assign(built, { titleFormat: title, textFormat: text, step: '5s' }) }
}
