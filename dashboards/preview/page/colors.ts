// Grafana's colour names as they look on the page, and which of them a value has.
import type { PreviewDefaults, PreviewMapping, PreviewStep } from '../model.ts'

const named: Readonly<Record<string, string>> = {
  green: '#56a64b',
  yellow: '#e0b400',
  orange: '#ff780a',
  red: '#e02f44',
  blue: '#3274d9',
  purple: '#a352cc',
  gray: '#8e95a5',
  text: 'var(--ink)',
}
export const colorOf = (name: string): string => named[name] ?? name

/** In the order in which Grafana gives them to series. */
export const palette = ['#73bf69', '#f2cc0c', '#5794f2', '#ff9830', '#f2495c', '#b877d9', '#8ab8ff', '#96d98d', '#ffb357', '#ff7383', '#ca95e5', '#37872d'] as const // biome-ignore format: one line

export function stepColor(steps: readonly PreviewStep[] | undefined, value: number): string {
  const step = steps?.findLast(({ value: from }) => from === null || value >= from)
  return colorOf(step?.color ?? 'text')
}

export const mapped = (mappings: readonly PreviewMapping[] | undefined, value: number) =>
  mappings?.map(({ options }) => options[String(value)]).find(found => found !== undefined)

export const stateColor = (defaults: PreviewDefaults | undefined, value: number): string => {
  const state = mapped(defaults?.mappings, value)
  return state === undefined ? stepColor(defaults?.thresholds?.steps, value) : colorOf(state.color)
}
