// The page of a board: reads what was chosen from its address, asks for each panel, draws, and does so again and again.
import { interpolate } from '../interpolate.ts'
import type { PageData, PreviewPanel, PreviewVariable } from '../model.ts'
import { drawHeat, drawLines, type Named, type Span } from './charts.ts'
import { palette } from './colors.ts'
import { instant, labelValues, legendText, range, type Series } from './data.ts'
import { barsOf, element, legendOf, statOf, tableOf, timelineOf } from './kinds.ts'
import { unitText } from './units.ts'

const { board, boards, scrapeSec }: PageData = JSON.parse(document.getElementById('data')!.textContent!)
const address = new URLSearchParams(location.search)
const refreshSec = 10
/** Pixels of a row of Grafana's grid. */
const rowPx = 38
const rangesMin = [5, 15, 30, 60, 180, 360, 1440]
const minutes = Number(address.get('minutes') ?? /now-(\d+)m/.exec(board.time.from)?.[1] ?? 60)
const variables = board.templating.list.filter(({ type }) => type === 'query')
const chosen: Record<string, string> = {}

function go(changes: Readonly<Record<string, string>>, path = location.pathname): void {
  const next = new URLSearchParams(address)
  for (const [name, value] of Object.entries(changes)) next.set(name, value)
  location.assign(`${path}?${next}`)
}

/** A link of a board: other variables are handed on by the address of this page. */
function follow(url: string): void {
  const [path = '', query = ''] = url.split('?')
  const set = [...new URLSearchParams(query)].filter(([name]) => name.startsWith('var-'))
  go(Object.fromEntries(set), path)
}

async function choose(variable: PreviewVariable): Promise<HTMLElement> {
  const { name, label, definition = '', includeAll = false, allValue = '.*' } = variable
  const found = await labelValues(interpolate(definition, filling()))
  const names = [...(includeAll ? ['All'] : []), ...found]
  const wanted = address.get(`var-${name}`)
  const now = wanted !== null && names.includes(wanted) ? wanted : (names[0] ?? '')
  chosen[name] = now === 'All' && includeAll ? allValue : now
  return select(label ?? name, names, now, value => go({ [`var-${name}`]: value }))
}

function select(label: string, names: readonly string[], now: string, changed: (value: string) => void): HTMLElement {
  const made = element('label', '', `${label} `)
  const list = document.createElement('select')
  for (const name of names) list.append(new Option(name, name, false, name === now))
  list.addEventListener('change', () => changed(list.value))
  made.append(list)
  return made
}

function spanNow(widthPx: number): Span {
  const toSec = Math.floor(Date.now() / 1000)
  const stepSec = Math.max(1, Math.ceil((minutes * 60) / Math.max(100, widthPx / 3)))
  const end = Math.floor(toSec / stepSec) * stepSec
  return { fromSec: end - Math.floor((minutes * 60) / stepSec) * stepSec, toSec: end, stepSec }
}

const filling = (stepSec = 1) => ({ values: chosen, rangeSec: minutes * 60, stepSec, scrapeSec })

interface Shown {
  readonly panel: PreviewPanel
  readonly body: HTMLElement
}

function frame(panel: PreviewPanel): Shown {
  const { x, y, w, h } = panel.gridPos
  const box = element('section', panel.type === 'row' ? 'row' : 'panel')
  box.style.gridArea = `${y + 1} / ${x + 1} / span ${h} / span ${w}`
  const title = element('h2', '', interpolate(panel.title, filling()))
  if (panel.description !== undefined) {
    title.title = panel.description
    title.append(element('span', 'about', '?'))
  }
  const body = element('div', 'body')
  box.append(title, body)
  const link = panel.links?.[0]?.url
  if (link !== undefined) {
    title.classList.add('link')
    title.addEventListener('click', () => follow(link))
  }
  document.getElementById('grid')!.append(box)
  return { panel, body }
}

async function fill({ panel, body }: Shown): Promise<void> {
  const { targets = [], type } = panel
  const span = spanNow(body.clientWidth)
  const asked = (expr: string) => interpolate(expr, filling(span.stepSec))
  try {
    const answers = await Promise.all(
      targets.map(({ expr, instant: isInstant }) =>
        isInstant ? instant(asked(expr), span.toSec) : range(asked(expr), span.fromSec, span.toSec, span.stepSec),
      ),
    )
    const named: Named[] = answers.flatMap((all, index) =>
      all.map(series => ({ name: legendText(targets[index]!.legendFormat ?? '', series.labels), series })),
    )
    body.replaceChildren()
    body.dataset.samples = String(named.length)
    draw(panel, body, answers, named, span, type)
  } catch (error) {
    body.replaceChildren(element('div', 'stat none error', (error as Error).message))
  }
}

function draw(
  panel: PreviewPanel,
  body: HTMLElement,
  answers: readonly Series[][],
  named: readonly Named[],
  span: Span,
  type: string,
): void {
  if (type === 'stat') return body.append(statOf(panel, answers[0]!))
  if (type === 'table') return body.append(tableOf(panel, answers, follow))
  if (named.length === 0)
    return body.append(element('div', 'stat none', panel.fieldConfig?.defaults.noValue ?? 'No data'))
  if (type === 'bargauge') return body.append(barsOf(panel, named))
  if (type === 'state-timeline') return body.append(timelineOf(panel, named, span))
  const place = element('div', 'chart')
  const legendPx = type === 'heatmap' ? 0 : 22
  const size = { width: body.clientWidth, height: body.clientHeight - legendPx }
  body.append(place)
  if (type === 'heatmap') return drawHeat(place, size, answers[0]!, span)
  drawLines(place, size, panel, named, span)
  const { unit } = panel.fieldConfig!.defaults
  body.append(
    legendOf(
      named.map(({ name, series }, index) => ({
        text: name,
        color: palette[index % palette.length]!,
        value: unitText(series.points.at(-1)![1], unit),
      })),
    ),
  )
}

async function main(): Promise<void> {
  const controls = document.getElementById('controls')!
  const here = location.pathname.replace('/d/millrace-', '')
  const menu = boards.map(({ title }) => title)
  controls.append(
    select('Board', menu, boards.find(({ name }) => name === here)?.title ?? '', title =>
      go({}, `/d/millrace-${boards.find(each => each.title === title)!.name}`),
    ),
  )
  // One after the other: the query of one may name the one before.
  for (const variable of variables) controls.append(await choose(variable))
  controls.append(
    select(
      'Last',
      rangesMin.map(each => `${each} min`),
      `${minutes} min`,
      text => go({ minutes: String(Number.parseInt(text, 10)) }),
    ),
  )
  document.getElementById('grid')!.style.gridAutoRows = `${rowPx - 8}px`
  const shown = board.panels.map(frame)
  const panels = shown.filter(({ panel }) => panel.type !== 'row')
  for (;;) {
    await Promise.all(panels.map(fill))
    document.body.dataset.drawn = 'true'
    await new Promise(resolve => setTimeout(resolve, refreshSec * 1000))
  }
}

void main()
