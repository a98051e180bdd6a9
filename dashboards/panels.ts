// The shared looks of panels: what a number, a graph, a list of the largest, a timeline and a heat map look like on every board
// (tables: table.ts). Each has a description that says what to do.
import { PanelBuilder as BarsBuilder } from '@grafana/grafana-foundation-sdk/bargauge'
import * as common from '@grafana/grafana-foundation-sdk/common'
import { PanelBuilder as HeatBuilder } from '@grafana/grafana-foundation-sdk/heatmap'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline'
import { PanelBuilder as LinesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import {
  byThresholds,
  dress,
  fixed,
  heights,
  type Look,
  mappingsOf,
  now,
  overTime,
  type PanelMaker,
  prometheus,
  type Query,
  type States,
} from './look.ts'

export { bad, worse } from './look.ts'
export { table } from './table.ts'

export interface StatLook extends Look {
  readonly expr: string
  /** A number that is neither good nor bad. */
  readonly plain?: boolean
  readonly states?: States
}

/** One number, on a ground of its colour where it can be good or bad. */
export const stat =
  (look: StatLook): PanelMaker =>
  context => {
    const { expr, plain = false, states, unit = 'none' } = look
    const builder = dress(new StatBuilder(), { ...look, unit }, context, heights.stat)
      .withTarget(now(expr))
      .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
      .graphMode(common.BigValueGraphMode.None)
      .textMode(common.BigValueTextMode.Value)
      .colorMode(plain ? common.BigValueColorMode.Value : common.BigValueColorMode.Background)
      .colorScheme(plain ? fixed('text') : byThresholds())
    return states === undefined ? builder : builder.mappings(mappingsOf(states))
  }

export interface LinesLook extends Look {
  readonly queries: readonly Query[]
  readonly stacked?: boolean
  readonly log?: boolean
  /** Goes below zero. */
  readonly signed?: boolean
  readonly max?: number
}

export const lines =
  (look: LinesLook): PanelMaker =>
  context => {
    const { queries, stacked = false, log = false, signed = false, max, steps } = look
    const builder = dress(new LinesBuilder(), look, context, heights.panel)
      .targets(queries.map(overTime))
      .lineWidth(1.5)
      .fillOpacity(stacked ? 30 : 8)
      .showPoints(common.VisibilityMode.Never)
      .spanNulls(false)
      .legend(
        new common.VizLegendOptionsBuilder()
          .displayMode(common.LegendDisplayMode.List)
          .placement(common.LegendPlacement.Bottom)
          .showLegend(true)
          .calcs(['lastNotNull']),
      )
      .tooltip(
        new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
      )
    if (stacked) builder.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal))
    if (log)
      builder.scaleDistribution(new common.ScaleDistributionConfigBuilder().type(common.ScaleDistribution.Log).log(10))
    if (!log && !signed) builder.min(0)
    if (max !== undefined) builder.max(max)
    if (steps !== undefined)
      builder.thresholdsStyle(
        new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
      )
    return builder
  }

export interface BarsLook extends Look {
  readonly query: Query
}

/** A list of the largest, with their values as bars. */
export const bars =
  (look: BarsLook): PanelMaker =>
  context =>
    dress(new BarsBuilder(), look, context, heights.panel)
      .withTarget(now(look.query.expr).legendFormat(look.query.legend))
      .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
      .orientation(common.VizOrientation.Horizontal)
      .displayMode(common.BarGaugeDisplayMode.Basic)
      .valueMode(common.BarGaugeValueMode.Text)
      .colorScheme(fixed('blue'))
      .min(0)

export interface TimelineLook extends Look {
  readonly query: Query
  readonly states: States
}

/** States over time, a line for each series. */
export const timeline =
  (look: TimelineLook): PanelMaker =>
  context =>
    dress(new TimelineBuilder(), look, context, heights.panel)
      .withTarget(overTime(look.query, 0))
      .mappings(mappingsOf(look.states))
      .mergeValues(true)
      .showValue(common.VisibilityMode.Auto)
      .rowHeight(0.85)
      .fillOpacity(80)
      .lineWidth(0)
      .legend(
        new common.VizLegendOptionsBuilder()
          .displayMode(common.LegendDisplayMode.List)
          .placement(common.LegendPlacement.Bottom)
          .showLegend(true),
      )

export interface HeatLook extends Look {
  /** Rates of buckets, with the label `le`. */
  readonly expr: string
}

/** Where all observations of a histogram fall, by time. */
export const heat =
  (look: HeatLook): PanelMaker =>
  context =>
    dress(new HeatBuilder(), { ...look, unit: 'ops' }, context, heights.panel)
      .withTarget(
        new DataqueryBuilder()
          .expr(look.expr)
          .refId('A')
          .datasource(prometheus)
          .range()
          .legendFormat('{{le}}')
          .format(PromQueryFormat.Heatmap),
      )
      .calculate(false)
