// Panels that are words and boxes: one number, bars of the largest, a table, states over time.
import type { PreviewDefaults, PreviewPanel } from '../model.ts'
import type { Named, Span } from './charts.ts'
import { mapped, stateColor, stepColor } from './colors.ts'
import type { Series } from './data.ts'
import { unitText } from './units.ts'

export function element(tag: string, className = '', text = ''): HTMLElement {
  const made = document.createElement(tag)
  if (className !== '') made.className = className
  made.textContent = text
  return made
}

const textOf = (defaults: PreviewDefaults, value: number) =>
  mapped(defaults.mappings, value)?.text ?? unitText(value, defaults.unit, defaults.decimals)

export function statOf({ fieldConfig, options }: PreviewPanel, [first]: readonly Series[]): HTMLElement {
  const { defaults } = fieldConfig!
  const value = first?.points.at(-1)?.[1]
  const made = element('div', 'stat', value === undefined ? (defaults.noValue ?? 'No data') : textOf(defaults, value))
  if (value === undefined) made.classList.add('none')
  else if (options?.colorMode === 'background') {
    made.classList.add('ground')
    made.style.background = stateColor(defaults, value)
  }
  return made
}

export function barsOf({ fieldConfig }: PreviewPanel, all: readonly Named[]): HTMLElement {
  const { defaults } = fieldConfig!
  const values = all.map(({ series }) => series.points[0]![1])
  const most = Math.max(...values, 0) || 1
  const made = element('div', 'bars')
  for (const [index, { name }] of all.entries()) {
    const bar = element('div', 'bar')
    bar.style.width = `${Math.max(0, (values[index]! / most) * 100)}%`
    const track = element('div', 'track')
    track.append(bar)
    made.append(element('span', 'name', name), track, element('span', 'value', textOf(defaults, values[index]!)))
  }
  return made
}

/** States side by side as long as they last. */
export function timelineOf({ fieldConfig }: PreviewPanel, all: readonly Named[], span: Span): HTMLElement {
  const { defaults } = fieldConfig!
  const made = element('div', 'timeline')
  const seen = new Map<string, string>()
  const whole = span.toSec - span.fromSec
  for (const { name, series } of all) {
    const line = element('div', 'states')
    for (const { from, to, value } of runsOf(series, span.stepSec)) {
      const text = mapped(defaults.mappings, value)?.text ?? String(value)
      seen.set(text, stateColor(defaults, value))
      const part = element('div', 'state', (to - from) / whole > 0.12 ? text : '')
      part.style.left = `${((from - span.fromSec) / whole) * 100}%`
      part.style.width = `${((to - from) / whole) * 100}%`
      part.style.background = stateColor(defaults, value)
      line.append(part)
    }
    made.append(element('span', 'name', name), line)
  }
  const box = element('div', 'box')
  box.append(made, legendOf([...seen].map(([text, color]) => ({ text, color }))))
  return box
}

function runsOf({ points }: Series, stepSec: number) {
  const runs: { from: number; to: number; value: number }[] = []
  for (const [at, value] of points) {
    const last = runs.at(-1)
    if (last !== undefined && last.value === value && at - last.to < stepSec * 1.5) last.to = at
    else {
      if (last !== undefined && at - last.to < stepSec * 1.5) last.to = at
      runs.push({ from: at, to: at, value })
    }
  }
  return runs
}

export function legendOf(
  entries: readonly { readonly text: string; readonly color: string; readonly value?: string }[],
): HTMLElement {
  const made = element('div', 'legend')
  for (const { text, color, value } of entries) {
    const entry = element('span')
    const mark = element('i')
    mark.style.background = color
    entry.append(mark, ` ${text}`)
    if (value !== undefined) entry.append(element('b', '', value))
    made.append(entry)
  }
  return made
}

interface Organization {
  readonly excludeByName: Readonly<Record<string, boolean>>
  readonly indexByName: Readonly<Record<string, number>>
  readonly renameByName: Readonly<Record<string, string>>
}

export type Go = (url: string) => void

/** `answers`: by target, in their order. */
export function tableOf(panel: PreviewPanel, answers: readonly (readonly Series[])[], go: Go): HTMLElement {
  const { targets = [], transformations = [], options } = panel
  const names = transformations.find(({ id }) => id === 'organize')!.options as Organization
  const rows = mergedRows(
    targets.map(({ refId }) => `Value #${refId}`),
    answers,
  )
  if (rows.length === 0) return element('div', 'stat none', panel.fieldConfig?.defaults.noValue ?? 'No data')
  const fields = Object.entries(names.indexByName)
    .filter(([name]) => !names.excludeByName[name] && rows.some(row => row.has(name)))
    .sort(([, a], [, b]) => a - b)
    .map(([name]) => ({ name, title: names.renameByName[name] ?? name }))
  const [sort] = (options?.sortBy ?? []) as readonly { displayName: string; desc: boolean }[]
  const sortField = fields.find(({ title }) => title === sort?.displayName)?.name
  if (sortField !== undefined) rows.sort((a, b) => compare(a.get(sortField), b.get(sortField)) * (sort!.desc ? -1 : 1))
  const made = element('table')
  const head = element('tr')
  head.append(...fields.map(({ title }) => element('th', '', title)))
  made.append(head)
  for (const row of rows) {
    const line = element('tr')
    line.append(...fields.map(({ name, title }) => cellOf(panel, title, row.get(name), go)))
    made.append(line)
  }
  const box = element('div', 'scroll')
  box.append(made)
  return box
}

type Row = Map<string, string | number>
const compare = (a: string | number | undefined, b: string | number | undefined) =>
  a === undefined ? -1 : b === undefined ? 1 : a < b ? -1 : a > b ? 1 : 0

/** As Grafana's `merge`: lines whose labels agree become one. */
function mergedRows(valueNames: readonly string[], answers: readonly (readonly Series[])[]): Row[] {
  const labelled = answers.filter(series => series.length > 0)
  const keys = [...new Set(labelled.flatMap(series => series.flatMap(({ labels }) => Object.keys(labels))))].filter(
    label => labelled.every(series => series.some(({ labels }) => label in labels)),
  )
  const rows = new Map<string, Row>()
  for (const [index, series] of answers.entries()) {
    for (const { labels, points } of series) {
      const key = JSON.stringify(keys.map(name => labels[name]))
      const row: Row = rows.get(key) ?? new Map()
      for (const [name, text] of Object.entries(labels)) row.set(name, text)
      row.set(valueNames[index]!, points.at(-1)![1])
      rows.set(key, row)
    }
  }
  return [...rows.values()]
}

function cellOf({ fieldConfig }: PreviewPanel, title: string, value: string | number | undefined, go: Go): HTMLElement {
  const own =
    fieldConfig?.overrides
      ?.filter(({ matcher }) => matcher.options === title)
      .flatMap(({ properties }) => properties) ?? []
  const property = <T>(id: string) => own.find(each => each.id === id)?.value as T | undefined
  const defaults: PreviewDefaults = {
    ...(property<string>('unit') !== undefined && { unit: property<string>('unit')! }),
    ...(property('mappings') !== undefined && { mappings: property<PreviewDefaults['mappings'] & {}>('mappings')! }),
    ...(property('thresholds') !== undefined && {
      thresholds: property<PreviewDefaults['thresholds'] & {}>('thresholds')!,
    }),
  }
  if (typeof value !== 'number') {
    const cell = element('td', '', value ?? '')
    const link = property<readonly { url: string }[]>('links')?.[0]?.url
    if (link === undefined || value === undefined) return cell
    const anchor = element('a', '', value)
    anchor.addEventListener('click', () => go(link.replace('${__value.text}', encodeURIComponent(value))))
    cell.replaceChildren(anchor)
    return cell
  }
  const cell = element('td', 'number', textOf(defaults, value))
  if (defaults.mappings !== undefined) cell.style.color = stateColor(defaults, value)
  else if (defaults.thresholds !== undefined) cell.style.color = stepColor(defaults.thresholds.steps, value)
  return cell
}
