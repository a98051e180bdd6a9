// What of a Grafana dashboard the preview understands: as much as the boards of this repository use.

export interface PreviewBoard {
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly time: { readonly from: string }
  readonly panels: readonly PreviewPanel[]
  readonly templating: { readonly list: readonly PreviewVariable[] }
  readonly annotations: { readonly list?: readonly PreviewAnnotation[] }
}

export interface PreviewVariable {
  readonly name: string
  readonly type: string
  readonly label?: string
  readonly definition?: string
  readonly includeAll?: boolean
  readonly allValue?: string
}

export interface PreviewAnnotation {
  readonly name: string
  readonly expr?: string
}

export interface PreviewTarget {
  readonly refId: string
  readonly expr: string
  readonly legendFormat?: string
  readonly instant?: boolean
}

export interface PreviewStep {
  readonly color: string
  readonly value: number | null
}

export interface PreviewMapping {
  readonly options: Readonly<Record<string, { readonly text: string; readonly color: string }>>
}

export interface PreviewDefaults {
  readonly unit?: string
  readonly decimals?: number
  readonly noValue?: string
  readonly min?: number
  readonly max?: number
  readonly mappings?: readonly PreviewMapping[]
  readonly thresholds?: { readonly steps: readonly PreviewStep[] }
  readonly custom?: {
    readonly scaleDistribution?: { readonly type: string }
    readonly stacking?: { readonly mode: string }
    readonly thresholdsStyle?: { readonly mode: string }
  }
}

export interface PreviewOverride {
  readonly matcher: { readonly options: string }
  readonly properties: readonly { readonly id: string; readonly value: unknown }[]
}

export interface PreviewPanel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly PreviewTarget[]
  readonly fieldConfig?: { readonly defaults: PreviewDefaults; readonly overrides?: readonly PreviewOverride[] }
  readonly options?: Readonly<Record<string, unknown>>
  readonly links?: readonly { readonly url?: string }[]
  readonly transformations?: readonly { readonly id: string; readonly options: unknown }[]
}

/** What the page is given: one board, and the names of all for its menu. */
export interface PageData {
  readonly board: PreviewBoard
  readonly boards: readonly { readonly name: string; readonly title: string }[]
  readonly scrapeSec: number
}
