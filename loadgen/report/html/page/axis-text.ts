// Numbers beside an axis, short.

/** 1_234_567 -> "1.23 M", for axes. */
export function shortText(amount: number): string {
  const steps = [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const
  const [size, unit] = steps.find(([size]) => Math.abs(amount) >= size) ?? [1, '']
  return `${Number((amount / size).toPrecision(3))}${unit === '' ? '' : ` ${unit}`}`
}

export const axisMsText = (ms: number): string =>
  ms >= 1000 ? `${Number((ms / 1000).toPrecision(3))} s` : `${Number(ms.toPrecision(3))} ms`
