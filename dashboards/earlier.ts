// The SDK writes what the newest Grafana knows, defaults included. A board keeps to what Grafana 10 knows: later ones bring it up to date
// by themselves, an earlier one may stumble over what it does not know. test/dashboards/schema.test.ts finds what is missing here.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'

/** Of Grafana 10.0. */
const schemaVersion = 38

/** Where a field stands that came later: all of them are left at what is the default there. */
const later: readonly { readonly of: string; readonly fields: readonly string[] }[] = [
  { of: 'variable', fields: ['auto', 'auto_min', 'auto_count', 'allowCustomValue'] },
  // A link in a menu of its own: Grafana 13.
  { of: 'link', fields: ['placement'] },
  { of: 'annotation', fields: ['placement', 'builtIn'] },
  { of: 'stat', fields: ['percentChangeColorMode', 'showPercentChange', 'wideLayout'] },
  { of: 'table', fields: ['footer'] },
  { of: 'bargauge', fields: ['legend', 'sizing', 'namePlacement', 'maxVizHeight'] },
  { of: 'state-timeline', fields: ['perPage'] },
  // Its tooltip has another form since Grafana 10.3.
  { of: 'heatmap', fields: ['selectionMode', 'tooltip'] },
]

function without<T extends object>(of: string, value: T): T {
  const fields = later.filter(each => each.of === of).flatMap(({ fields }) => fields)
  return Object.fromEntries(Object.entries(value).filter(([name]) => !fields.includes(name))) as T
}

type Panels = NonNullable<Dashboard['panels']>

export function earlier(board: Dashboard): Dashboard {
  const { links = [], panels = [], templating, annotations } = board
  return {
    ...board,
    schemaVersion,
    links: links.map(link => without('link', link)),
    templating: { list: (templating.list ?? []).map(variable => without('variable', variable)) },
    annotations: { list: (annotations.list ?? []).map(annotation => without('annotation', annotation)) },
    panels: panels.map(panelOf),
  }
}

function panelOf(panel: Panels[number]): Panels[number] {
  if (!('options' in panel) && !('links' in panel)) return panel
  const { type, options, links } = panel
  return {
    ...panel,
    ...(options !== undefined && { options: without(type, options) }),
    ...(links !== undefined && { links: links.map(link => without('link', link)) }),
  }
}
