// The charts of the page, on uPlot: lines over time, percentile curves, and the heat map, which is drawn by hand on its axes.
import uPlot from 'uplot'
import type { Result } from '../../../result.ts'
import { h } from './dom.ts'
import type { Points } from './series.ts'

export interface Line {
  readonly label: string
  /** A CSS variable: charts follow the light or dark theme. */
  readonly color: string
  readonly points: Points
  readonly dash?: readonly number[]
  readonly fill?: boolean
  readonly width?: number
}

export interface Level {
  readonly at: number
  readonly label: string
}

export interface ChartData {
  readonly x: readonly number[]
  readonly lines: readonly Line[]
  /** Dashed lines across: what a threshold allows. */
  readonly levels?: readonly Level[]
}

export interface ChartStyle {
  readonly format: (value: number) => string
  readonly log?: boolean
  readonly xFormat?: (value: number) => string
  /** Seconds at the start that do not count. */
  readonly shadedUntil?: number
  readonly height?: number
}

export interface Chart {
  readonly element: HTMLElement
  update(data: ChartData): void
  /** The theme has changed. */
  redraw(): void
}

const color = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
const font = '12px system-ui, sans-serif'

export const secondsText = (sec: number): string => {
  if (sec < 120) return `${Math.round(sec * 10) / 10} s`
  return `${Math.floor(sec / 60)}:${String(Math.round(sec % 60)).padStart(2, '0')}`
}

/** A chart that is as wide as its place, made anew when its lines change and otherwise only given new data. */
export function lineChart(style: ChartStyle): Chart {
  const element = h('div', { class: 'chart' })
  let plot: uPlot | undefined
  let current: ChartData = { x: [], lines: [] }
  let shape = ''
  const make = () => {
    plot?.destroy()
    plot = new uPlot(optionsOf(current, style, widthOf(element)), dataOf(current), element)
  }
  followWidth(element, () => plot, style)
  return {
    element,
    update(data) {
      current = data
      const next = JSON.stringify([data.lines.map(({ label, dash }) => [label, dash]), data.levels ?? []])
      // In the next frame, when the place has its width.
      if (plot === undefined || next !== shape) requestAnimationFrame(make)
      else plot.setData(dataOf(data))
      shape = next
    },
    redraw: () => void requestAnimationFrame(make),
  }
}

const dataOf = ({ x, lines }: ChartData): uPlot.AlignedData =>
  [[...x], ...lines.map(({ points }) => points)] as uPlot.AlignedData

const widthOf = (element: HTMLElement): number => Math.max(200, element.clientWidth)

function followWidth(element: HTMLElement, plot: () => uPlot | undefined, { height = 220 }: ChartStyle): void {
  new ResizeObserver(() => {
    const current = plot()
    const width = widthOf(element)
    if (current !== undefined && current.width !== width) current.setSize({ width, height })
  }).observe(element)
}

function optionsOf({ lines, levels = [] }: ChartData, style: ChartStyle, width: number): uPlot.Options {
  const { format, log, xFormat = secondsText, height = 220 } = style
  const grid = { stroke: color('--grid'), width: 1 }
  const axis = { stroke: color('--muted'), font, grid, ticks: { ...grid, size: 4 } }
  return {
    width,
    height,
    legend: { live: true },
    cursor: { points: { size: 6 }, drag: { x: true, y: false } },
    scales: {
      x: { time: false },
      y: log
        ? { distr: 3, range: (_, min, max) => logRange(min, max, levels) }
        : { range: (_, __, max) => [0, max * 1.08 || 1] },
    },
    axes: [
      { ...axis, values: (_, ticks) => ticks.map(xFormat), space: 60, size: 28 },
      { ...axis, values: (_, ticks) => ticks.map(tick => (tick === null ? '' : format(tick))), size: 66, space: 28 },
    ],
    series: [
      { label: 'at', value: (_, at) => (at === null || at === undefined ? '–' : xFormat(at)) },
      ...lines.map(line => ({
        label: line.label,
        stroke: color(line.color),
        width: line.width ?? 1.75,
        ...(line.dash && { dash: [...line.dash] }),
        ...(line.fill && { fill: `${color(line.color)}22` }),
        points: { show: false },
        spanGaps: true,
        value: (_: uPlot, at: number | null) => (at === null || at === undefined ? '–' : format(at)),
      })),
    ],
    hooks: { drawAxes: [plot => shade(plot, style)], draw: [plot => drawLevels(plot, levels)] },
  }
}

/** Whole powers of ten would leave most of the picture empty. */
function logRange(min: number | null, max: number | null, levels: readonly Level[]): [number, number] {
  const tops = levels.map(({ at }) => at).filter(at => at > 0)
  const low = Math.min(min ?? 1, ...tops)
  const high = Math.max(max ?? 10, ...tops)
  return [low / 1.5, Math.max(high * 1.5, low * 3)]
}

function shade(plot: uPlot, { shadedUntil = 0 }: ChartStyle): void {
  if (shadedUntil <= 0) return
  const { ctx, bbox } = plot
  const right = Math.min(plot.valToPos(shadedUntil, 'x', true), bbox.left + bbox.width)
  ctx.save()
  ctx.fillStyle = color('--shade')
  ctx.fillRect(bbox.left, bbox.top, Math.max(0, right - bbox.left), bbox.height)
  ctx.restore()
}

function drawLevels(plot: uPlot, levels: readonly Level[]): void {
  const { ctx, bbox } = plot
  for (const [index, { at, label }] of levels.entries()) {
    const y = plot.valToPos(at, 'y', true)
    if (!(y >= bbox.top && y <= bbox.top + bbox.height)) continue
    ctx.save()
    ctx.strokeStyle = ctx.fillStyle = color('--bad')
    ctx.lineWidth = devicePixelRatio
    ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio])
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
    ctx.setLineDash([])
    ctx.font = `600 ${11 * devicePixelRatio}px system-ui, sans-serif`
    ctx.textAlign = 'right'
    // Limits that lie close together have their labels side by side.
    const right = bbox.left + bbox.width - (6 + 110 * index) * devicePixelRatio
    ctx.lineWidth = 4 * devicePixelRatio
    ctx.strokeStyle = color('--card')
    ctx.strokeText(label, right, y - 5 * devicePixelRatio)
    ctx.fillText(label, right, y - 5 * devicePixelRatio)
    ctx.restore()
  }
}

type HeatMapData = NonNullable<Result['heatMaps']>[string]

export interface HeatChart {
  readonly element: HTMLElement
  update(data: HeatMapData): void
  redraw(): void
}

const rowMs = (row: number): number => 2 ** (row / 4) / 1e6

export function heatChart(style: ChartStyle): HeatChart {
  const element = h('div', { class: 'chart heat' })
  let plot: uPlot | undefined
  let data: HeatMapData = { secondsPerColumn: 1, columns: [] }
  const make = () => {
    plot?.destroy()
    const base = optionsOf({ x: [], lines: [] }, { ...style, log: true }, widthOf(element))
    plot = new uPlot(
      {
        ...base,
        legend: { show: false },
        cursor: { show: false },
        series: [{}, { show: true, stroke: 'transparent', points: { show: false } }],
        scales: { x: { time: false, range: () => xRange(data) }, y: { distr: 3, range: () => yRange(data) } },
        hooks: { draw: [drawn => drawCells(drawn, data)] },
      },
      heatData(data),
      element,
    )
  }
  followWidth(element, () => plot, style)
  return {
    element,
    update(next) {
      data = next
      if (plot === undefined) requestAnimationFrame(make)
      else plot.setData(heatData(data))
    },
    redraw: () => void requestAnimationFrame(make),
  }
}

const heatData = ({ columns }: HeatMapData): uPlot.AlignedData =>
  [columns.map(({ sec }) => sec), columns.map(() => 1)] as uPlot.AlignedData

const xRange = ({ columns, secondsPerColumn }: HeatMapData): [number, number] => [
  Math.max(0, (columns[0]?.sec ?? secondsPerColumn) - secondsPerColumn),
  columns.at(-1)?.sec ?? 1,
]

function yRange({ columns }: HeatMapData): [number, number] {
  const used = columns.filter(({ counts }) => counts.length > 0)
  if (used.length === 0) return [0.1, 10]
  const low = Math.min(...used.map(({ from }) => from))
  const high = Math.max(...used.map(({ from, counts }) => from + counts.length))
  return [rowMs(low), rowMs(high + 1)]
}

/** By the logarithm of the count: a handful of slow records among a million is what one looks for. */
function drawCells(plot: uPlot, { columns, secondsPerColumn }: HeatMapData): void {
  const { ctx, bbox } = plot
  const most = Math.log1p(Math.max(1, ...columns.flatMap(({ counts }) => counts)))
  const shades = Array.from({ length: 10 }, (_, step) => color(`--heat-${step}`))
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  for (const [index, { sec, from, counts }] of columns.entries()) {
    const before = columns[index - 1]?.sec ?? sec - secondsPerColumn
    const left = plot.valToPos(before, 'x', true)
    const right = plot.valToPos(sec, 'x', true)
    for (const [row, count] of counts.entries()) {
      if (count === 0) continue
      const top = plot.valToPos(rowMs(from + row + 1), 'y', true)
      const bottom = plot.valToPos(rowMs(from + row), 'y', true)
      ctx.fillStyle = shades[Math.min(9, Math.floor((Math.log1p(count) / most) * 9.999))]!
      ctx.fillRect(left, top, Math.ceil(right - left), Math.ceil(bottom - top))
    }
  }
  ctx.restore()
}
