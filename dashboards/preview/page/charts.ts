// Graphs on uPlot: lines over time, stacked or not, with the lines of thresholds; and the heat map of a histogram.
import uPlot from 'uplot'
import type { PreviewPanel } from '../model.ts'
import { colorOf, palette } from './colors.ts'
import type { Series } from './data.ts'
import { unitText } from './units.ts'

export interface Span {
  readonly fromSec: number
  readonly toSec: number
  readonly stepSec: number
}

export interface Named {
  readonly name: string
  readonly series: Series
}

const css = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
const font = '11px system-ui, sans-serif'
const clock = (sec: number) =>
  new Date(sec * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false })
const clockWithSeconds = (sec: number) => new Date(sec * 1000).toLocaleTimeString([], { hour12: false })

const timesOf = ({ fromSec, toSec, stepSec }: Span): number[] =>
  Array.from({ length: Math.floor((toSec - fromSec) / stepSec) + 1 }, (_, index) => fromSec + index * stepSec)

/** Prometheus leaves out what is not known: a gap in the line. */
function valuesAt(times: readonly number[], { points }: Series, { fromSec, stepSec }: Span): (number | null)[] {
  const values = new Array<number | null>(times.length).fill(null)
  for (const [at, value] of points) {
    const index = Math.round((at - fromSec) / stepSec)
    if (index >= 0 && index < times.length && Number.isFinite(value)) values[index] = value
  }
  return values
}

interface Size {
  readonly width: number
  readonly height: number
}

function axes(format: (value: number) => string, span: Span): uPlot.Axis[] {
  const grid = { stroke: css('--grid'), width: 1 }
  const base = { stroke: css('--muted'), font, grid, ticks: { show: false } }
  const time = span.toSec - span.fromSec < 600 ? clockWithSeconds : clock
  return [
    { ...base, values: (_, ticks) => ticks.map(time), space: 70, size: 22, gap: 4 },
    {
      ...base,
      values: (_, ticks) => ticks.map(tick => (tick === null ? '' : format(tick))),
      size: 62,
      gap: 4,
      space: 26,
    },
  ]
}

export function drawLines(
  place: HTMLElement,
  size: Size,
  panel: PreviewPanel,
  all: readonly Named[],
  span: Span,
): void {
  const { unit, min, max, thresholds, custom = {} } = panel.fieldConfig!.defaults
  const isLog = custom.scaleDistribution?.type === 'log'
  const isStacked = custom.stacking?.mode === 'normal'
  const times = timesOf(span)
  const values = all.map(({ series }) => valuesAt(times, series, span))
  const shown = isStacked ? stack(values) : values
  const steps =
    custom.thresholdsStyle === undefined ? [] : (thresholds?.steps ?? []).filter(({ value }) => value !== null)
  const format = (value: number) => unitText(value, unit)
  new uPlot(
    {
      ...size,
      legend: { show: false },
      cursor: { points: { size: 5 }, drag: { x: false, y: false } },
      scales: {
        x: { time: false, range: [span.fromSec, span.toSec] },
        y: isLog ? { distr: 3 } : { range: (_, low, high) => yRange(min, max, low, high) },
      },
      axes: axes(format, span),
      series: [
        {},
        ...all.map((_, index) => {
          const color = palette[index % palette.length]!
          return { stroke: color, width: 1.6, fill: `${color}${isStacked ? '55' : '14'}`, points: { show: false } }
        }),
      ],
      ...(isStacked && {
        bands: shown.slice(1).map((_, index) => ({ series: [index + 2, index + 1] as [number, number] })),
      }),
      hooks: {
        draw: [
          plot => {
            for (const { value, color } of steps) level(plot, value!, colorOf(color))
          },
        ],
      },
    },
    [times, ...shown] as uPlot.AlignedData,
    place,
  )
}

function stack(values: readonly (number | null)[][]): (number | null)[][] {
  const below: number[] = []
  return values.map(own =>
    own.map((value, at) => {
      below[at] = (below[at] ?? 0) + (value ?? 0)
      return below[at]
    }),
  )
}

function yRange(
  min: number | undefined,
  max: number | undefined,
  low: number | null,
  high: number | null,
): [number, number] {
  const top = max ?? Math.max((high ?? 1) * 1.08, min === undefined ? -Infinity : min)
  const bottom = min ?? (low ?? 0) - Math.abs(low ?? 0) * 0.08
  return top > bottom ? [bottom, top] : [bottom, bottom + 1]
}

function level(plot: uPlot, at: number, color: string): void {
  const { ctx, bbox } = plot
  const y = plot.valToPos(at, 'y', true)
  if (!(y >= bbox.top && y <= bbox.top + bbox.height)) return
  ctx.save()
  ctx.strokeStyle = color
  ctx.setLineDash([6, 5])
  ctx.lineWidth = devicePixelRatio
  ctx.beginPath()
  ctx.moveTo(bbox.left, y)
  ctx.lineTo(bbox.left + bbox.width, y)
  ctx.stroke()
  ctx.restore()
}

/** Buckets come cumulated: how many fell into one is what it has more than the one below. */
export function drawHeat(place: HTMLElement, size: Size, all: readonly Series[], span: Span): void {
  const times = timesOf(span)
  const bounds = all
    .map(series => ({
      le: Number(series.labels.le === '+Inf' ? Infinity : series.labels.le),
      values: valuesAt(times, series, span),
    }))
    .sort((a, b) => a.le - b.le)
  const rows = bounds.map(({ le, values }, index) => ({
    le,
    counts: values.map((value, at) => Math.max(0, (value ?? 0) - (bounds[index - 1]?.values[at] ?? 0))),
  }))
  const used = rows.flatMap(({ le, counts }, index) =>
    counts.some(count => count > 1e-9) && le !== Infinity ? [index] : [],
  )
  if (used.length === 0) return
  const low = rows[Math.max(0, used[0]! - 2)]!.le
  const high = rows[Math.min(rows.length - 2, used.at(-1)! + 1)]!.le
  const most = Math.log1p(Math.max(...rows.flatMap(({ counts }) => counts)) * 100)
  new uPlot(
    {
      ...size,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, range: [span.fromSec, span.toSec] }, y: { distr: 3, range: [low, high] } },
      axes: axes(value => unitText(value, 's'), span),
      series: [{}, { stroke: 'transparent', points: { show: false } }],
      hooks: {
        draw: [
          plot => {
            const { ctx, bbox } = plot
            ctx.save()
            ctx.beginPath()
            ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
            ctx.clip()
            const width = (bbox.width / (span.toSec - span.fromSec)) * span.stepSec
            for (const [index, { le, counts }] of rows.entries()) {
              const below = rows[index - 1]?.le
              if (below === undefined || le === Infinity) continue
              const top = plot.valToPos(le, 'y', true)
              const bottom = plot.valToPos(below, 'y', true)
              for (const [at, count] of counts.entries()) {
                if (count <= 1e-9) continue
                const share = Math.log1p(count * 100) / most
                ctx.fillStyle = `hsl(${14 + 34 * share} 92% ${24 + 40 * share}%)`
                ctx.fillRect(
                  plot.valToPos(times[at]!, 'x', true) - width / 2,
                  top,
                  Math.ceil(width),
                  Math.ceil(bottom - top),
                )
              }
            }
            ctx.restore()
          },
        ],
      },
    },
    [times, times.map(() => low)] as uPlot.AlignedData,
    place,
  )
}
