// What panels of all kinds have in common: where data comes from, colours of thresholds and states, links to other boards.
import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'

/** The only way to data: nothing on a board names a data source of somebody's Grafana. */
export const prometheus = { type: 'prometheus', uid: '${datasource}' }

export type PanelMaker = (context: PanelContext) => Builder<Panel> & { id(id: number): Builder<Panel> }

export interface PanelContext {
  /** Names of the board's variables: links to other boards hand them on. */
  readonly variables: readonly string[]
}

/** From this value on, this colour; the first step has none. */
export type Steps = readonly (readonly [color: string, from: number | null])[]
/** Numbers as words. */
export type States = Readonly<Record<number, readonly [text: string, color: string]>>

/** Anything from here on is wrong. */
export const bad = (from: number): Steps => [
  ['green', null],
  ['red', from],
]
export const worse = (orange: number, red: number): Steps => [
  ['green', null],
  ['orange', orange],
  ['red', red],
]

export interface Look {
  readonly title: string
  /** What it shows, and what to do about it. */
  readonly does: string
  /** Of 24. */
  readonly width: number
  readonly height?: number
  /** Grafana's name of it. */
  readonly unit?: string
  readonly decimals?: number
  readonly steps?: Steps
  /** In place of a number where there are no samples. */
  readonly noValue?: string
  /** Name of the board that tells more. */
  readonly link?: string
}

export interface Query {
  readonly expr: string
  /** With labels in double braces. */
  readonly legend: string
}

export const heights = { stat: 4, panel: 7 }

/** Current values alone: a number that has no sample any more must not be shown as if it had. */
export const now = (expr: string, refId = 'A') =>
  new DataqueryBuilder().expr(expr).refId(refId).datasource(prometheus).instant()
export const overTime = ({ expr, legend }: Query, index: number) =>
  new DataqueryBuilder().expr(expr).refId(refIdOf(index)).datasource(prometheus).range().legendFormat(legend)
export const refIdOf = (index: number) => String.fromCharCode('A'.charCodeAt(0) + index)

export const boardUrl = (board: string, { variables }: PanelContext, set = ''): string => {
  const own = /^var-(\w+)=/.exec(set)?.[1]
  const handed = variables.filter(name => name !== own).map(name => `\${${name}:queryparam}`)
  return `/d/millrace-${board}?${[...(set === '' ? [] : [set]), ...handed, '${__url_time_range}'].join('&')}`
}

const linkTo = (board: string, context: PanelContext) =>
  new DashboardLinkBuilder('More').type(DashboardLinkType.Link).url(boardUrl(board, context))

export const thresholds = (steps: Steps) =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps.map(([color, value]) => ({ color, value })))

export const fixed = (color: string) => new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(color)
export const byThresholds = () => new FieldColorBuilder().mode(FieldColorModeId.Thresholds)

export const mappingsOf = (states: States): ValueMapping[] => [
  {
    type: MappingType.ValueToText,
    options: Object.fromEntries(
      Object.entries(states).map(([value, [text, color]], index) => [value, { text, color, index }]),
    ),
  },
]

interface Dressed {
  title(text: string): this
  description(text: string): this
  datasource(ref: typeof prometheus): this
  span(width: number): this
  height(height: number): this
  unit(unit: string): this
  decimals(decimals: number): this
  noValue(text: string): this
  thresholds(steps: Builder<ReturnType<ThresholdsConfigBuilder['build']>>): this
  links(links: DashboardLinkBuilder[]): this
}

/** What all kinds have in common. */
export function dress<B extends Dressed>(builder: B, look: Look, context: PanelContext, height: number): B {
  const { title, does, width, unit, decimals, steps, noValue, link } = look
  builder
    .title(title)
    .description(does)
    .datasource(prometheus)
    .span(width)
    .height(look.height ?? height)
  builder.thresholds(thresholds(steps ?? [['green', null]]))
  if (unit !== undefined) builder.unit(unit)
  if (decimals !== undefined) builder.decimals(decimals)
  if (noValue !== undefined) builder.noValue(noValue)
  if (link !== undefined) builder.links([linkTo(link, context)])
  return builder
}
