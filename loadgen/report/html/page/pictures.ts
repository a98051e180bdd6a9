// Which charts there are, and what is in them: of one run in all its lines, of several one line each.
import type { Result } from '../../../result.ts'
import { countText, fixedText } from '../../format.ts'
import type { PageModel, PageRun } from '../model.ts'
import { axisMsText, shortText } from './axis-text.ts'
import { type Chart, type ChartData, type HeatChart, heatChart, type Level, type Line, lineChart } from './charts.ts'
import { card, h } from './dom.ts'
import { has, type LatencyKind, type LatencyLine, latencyKinds, latencyLine, timeLines } from './series.ts'

const runColors = ['--c1', '--c2', '--c3', '--c4', '--c5', '--c6'] as const
const runColor = (index: number): string => runColors[index % runColors.length]!

export interface Pictures {
  readonly element: HTMLElement
  update(model: PageModel): void
  redraw(): void
}

interface Drawn {
  readonly place: HTMLElement
  readonly chart: Chart
  /** Undefined: there is nothing to draw. */
  readonly dataOf: (model: PageModel) => ChartData | undefined
}

/** `metric`: what thresholds call it. */
const kinds: Readonly<Record<LatencyKind, { readonly title: string; readonly metric: string }>> = {
  response: { title: 'Response time', metric: 'response_time' },
  e2e: { title: 'End-to-end latency', metric: 'e2e_time' },
  commit: { title: 'Commit time', metric: 'commit_time' },
}

export function pictures(model: PageModel): Pictures {
  // Scenarios of a test have warm-ups of their own.
  const over = { shadedUntil: model.test === undefined ? (model.runs[0]?.result.warmupSeconds ?? 0) : 0 }
  const drawn: Drawn[] = [
    picture('Throughput', 'records a second', lineChart({ ...over, format: shortText }), throughput),
    ...latencyKinds.map(kind =>
      picture(
        `${kinds[kind].title} over time`,
        'each second, logarithmic',
        lineChart({ ...over, format: axisMsText, log: true }),
        given => latency(given, kind),
      ),
    ),
    picture(
      'Percentiles',
      'of the measured time; each step to the right is a tenth of the records',
      lineChart({ format: axisMsText, xFormat: percentText, log: true, height: 260 }),
      percentiles,
    ),
    picture('Transactions', 'ended each second', lineChart({ ...over, format: shortText }), transactions),
    picture(
      'Lag and backlog',
      'offsets to read, records due and not acknowledged',
      lineChart({ ...over, format: shortText }),
      behind,
    ),
    picture('Errors and retries', 'each second', lineChart({ ...over, format: countText, height: 160 }), troubles),
    picture(
      'CPU of the generator',
      '100 % is one core',
      lineChart({ ...over, format: value => `${fixedText(value, 0)} %`, height: 160 }),
      cpu,
    ),
  ]
  const heats = (['response', 'e2e'] as const).map(kind => heat(kind))
  const [throughputCard, responseCard, e2eCard, commitCard, percentileCard, ...rest] = drawn.map(({ place }) => place)
  const element = h(
    'div',
    { class: 'charts' },
    throughputCard,
    responseCard,
    e2eCard,
    ...heats.map(({ place }) => place),
    commitCard,
    percentileCard,
    ...rest,
  )
  return {
    element,
    update(next) {
      for (const { place, chart, dataOf } of drawn) {
        const data = next.runs.length === 0 ? undefined : dataOf(next)
        place.hidden = data === undefined
        if (data !== undefined) chart.update(data)
      }
      for (const { kind, place, chart } of heats) {
        // Of scenarios side by side there is no one map.
        const [first] = next.test === undefined || next.runs.length === 1 ? next.runs : []
        const data = first?.result.heatMaps?.[kind]
        place.hidden = data === undefined || data.columns.length < 2
        if (data !== undefined) chart.update(data)
      }
    },
    redraw() {
      for (const { place, chart } of [...drawn, ...heats]) if (!place.hidden) chart.redraw()
    },
  }
}

function picture(title: string, about: string, chart: Chart, dataOf: Drawn['dataOf']): Drawn {
  const place = card(title, h('p', { class: 'about' }, about), chart.element)
  return { place, chart, dataOf }
}

function heat(kind: LatencyKind): { kind: LatencyKind; place: HTMLElement; chart: HeatChart } {
  const chart = heatChart({ format: axisMsText, height: 240 })
  const about = 'how many records fell where: the stronger, the more, by the logarithm'
  return {
    kind,
    chart,
    place: card(`${kinds[kind].title}, heat map`, h('p', { class: 'about' }, about), chart.element),
  }
}

function throughput(model: PageModel): ChartData | undefined {
  const { runs } = model
  if (runs.length > 1) {
    return perRun(model, result => {
      const { acked, consumed } = timeLines(result)
      return has(acked) ? acked : consumed
    })
  }
  const { sec, offered, acked, consumed, recordsCommitted, forwarded, deadLettered } = timeLines(runs[0]!.result)
  const lines: Line[] = [
    { label: 'acknowledged', color: '--c1', points: acked, fill: true },
    { label: 'consumed', color: '--c2', points: consumed },
    { label: 'passed on', color: '--c3', points: forwarded },
    { label: 'dead letters', color: '--c4', points: deadLettered },
    { label: 'committed', color: '--c5', points: recordsCommitted, dash: [2, 3] },
    { label: 'offered', color: '--muted', points: offered, dash: [6, 4] },
  ]
  return { x: sec, lines: lines.filter(({ points }) => has(points)) }
}

function latency(model: PageModel, kind: LatencyKind): ChartData | undefined {
  const { runs } = model
  const levels = slo(model, kind)
  if (runs.length > 1) {
    const data = perRun(model, result => latencyLine(result, kind, 'p99'), 'p99 ')
    return data && { ...data, levels }
  }
  const { result } = runs[0]!
  const line = (label: string, name: LatencyLine, color: string, width?: number): Line => ({
    label,
    color,
    points: latencyLine(result, kind, name),
    ...(width && { width }),
  })
  const lines = [
    line('max', 'max', '--faint', 1),
    line('p99.9', 'p999', '--p999'),
    line('p99', 'p99', '--p99'),
    line('p50', 'p50', '--p50'),
  ]
  const used = lines.filter(({ points }) => has(points))
  return used.length === 0 ? undefined : { x: timeLines(result).sec, lines: used, levels }
}

/** One line a run; a run that is shorter ends earlier, and a scenario begins when the test lets it. */
function perRun(
  { runs, test }: PageModel,
  of: (result: Result) => (number | null)[],
  prefix = '',
): ChartData | undefined {
  const startSec = (run: PageRun) => test?.scenarios.find(({ name }) => name === run.label)?.startSeconds ?? 0
  const secs = runs.map(run => timeLines(run.result).sec.map(sec => Math.round(sec + startSec(run))))
  const x = [...new Set(secs.flat())].sort((one, other) => one - other)
  const lines = runs.map(({ label, result }, index) => {
    const bySec = new Map(of(result).map((point, at) => [secs[index]![at]!, point]))
    return { label: `${prefix}${label}`, color: runColor(index), points: x.map(sec => bySec.get(sec) ?? null) }
  })
  const used = lines.filter(({ points }) => has(points))
  return used.length === 0 ? undefined : { x, lines: used }
}

/** What thresholds allow at most. */
function slo({ runs, test }: PageModel, kind: LatencyKind): Level[] {
  const { thresholds = [] } = test ?? runs[0]!.result
  const { metric } = kinds[kind]
  return thresholds.flatMap(threshold => {
    const { limit, expression, method } = threshold
    const isTop = expression.includes('<') && method !== 'min'
    return threshold.metric === metric && isTop && limit !== null && limit > 0 ? [{ at: limit, label: expression }] : []
  })
}

const curveColors: Readonly<Record<string, string>> = {
  response: '--c1',
  service: '--c3',
  lateness: '--c4',
  e2e: '--c2',
  commit: '--c5',
}
const curveNames: Readonly<Record<string, string>> = {
  response: 'response',
  service: 'service',
  lateness: 'lateness',
  e2e: 'end to end',
}

/** Points of all curves lie on one grid (core/distribution.ts), so they are told by their place. */
function percentiles(model: PageModel): ChartData | undefined {
  const { runs } = model
  const several = runs.length > 1
  const curves = runs.flatMap(({ label, curves }, run) =>
    Object.entries(curves)
      .filter(([name, { ms }]) => ms.length > 0 && (!several || name === 'response' || name === 'e2e'))
      .map(([name, curve]) => ({
        label: several ? `${label} ${curveNames[name] ?? name}` : (curveNames[name] ?? name),
        color: several ? runColor(run) : (curveColors[name] ?? '--c5'),
        curve,
        ...(several && name === 'e2e' && { dash: [6, 4] }),
        ...(several && run > 0 && { dash: name === 'e2e' ? [2, 3] : [6, 4] }),
      })),
  )
  if (curves.length === 0) return undefined
  const longest = curves.reduce(
    (most, { curve }) => (curve.percentiles.length > most.length ? curve.percentiles : most),
    [] as readonly number[],
  )
  const places = longest.map(percentile => -Math.log10(1 - percentile / 100))
  const last = places.length - 1
  if (!Number.isFinite(places[last])) places[last] = (places[last - 1] ?? 0) + 0.05
  return {
    x: places,
    lines: curves.map(({ curve, ...line }) => ({
      ...line,
      points: places.map((_, at) => {
        const ms = curve.ms[at]
        return ms === undefined || ms <= 0 ? null : ms
      }),
    })),
    levels: latencyKinds.flatMap(kind => slo(model, kind)),
  }
}

/** 2 -> "99 %": nines are counted. */
export function percentText(place: number): string {
  const percent = 100 * (1 - 10 ** -place)
  const digits = Math.max(0, Math.min(6, Math.ceil(place - 1.99)))
  return place <= 0 ? '0 %' : `${Number(percent.toFixed(digits))} %`
}

/** Of several runs those that were committed. */
function transactions(model: PageModel): ChartData | undefined {
  const { runs } = model
  if (runs.length > 1) return perRun(model, result => timeLines(result).committed, 'committed ')
  const { sec, committed, aborted, failed } = timeLines(runs[0]!.result)
  if (!has(committed)) return undefined
  const lines: Line[] = [
    { label: 'committed', color: '--c1', points: committed, fill: true },
    { label: 'aborted on purpose', color: '--c4', points: aborted },
    { label: 'aborted by errors', color: '--bad', points: failed },
  ]
  return { x: sec, lines }
}

function behind(model: PageModel): ChartData | undefined {
  const { runs } = model
  if (runs.length > 1) {
    return perRun(model, result => {
      const { lag, backlog } = timeLines(result)
      return has(lag) ? lag : backlog
    })
  }
  const { sec, lag, backlog } = timeLines(runs[0]!.result)
  const lines: Line[] = [
    { label: 'consumer lag', color: '--c2', points: lag, fill: true },
    { label: 'backlog of the producers', color: '--c4', points: backlog },
  ]
  const used = lines.filter(({ points }) => has(points))
  return used.length === 0 ? undefined : { x: sec, lines: used }
}

function troubles({ runs }: PageModel): ChartData | undefined {
  if (runs.length > 1) return undefined
  const { sec, errors, retries } = timeLines(runs[0]!.result)
  const any = [...errors, ...retries].some(count => (count ?? 0) > 0)
  if (!any) return undefined
  const lines: Line[] = [
    { label: 'errors', color: '--bad', points: errors, fill: true },
    { label: 'retries', color: '--p99', points: retries },
  ]
  return { x: sec, lines }
}

function cpu(model: PageModel): ChartData | undefined {
  const { runs } = model
  // CPU is of the whole generator, in whichever scenario it is read.
  const isOneProcess = model.test !== undefined
  if (runs.length > 1 && !isOneProcess) return perRun(model, result => timeLines(result).cpu)
  const { sec, cpu: points, steal } = timeLines(runs[0]!.result)
  const lines: Line[] = [
    { label: 'generator', color: '--c1', points, fill: true },
    { label: 'steal of the machine', color: '--bad', points: steal },
  ]
  return { x: sec, lines: lines.filter(({ points }) => has(points)) }
}
