// Shows how quantities look to people: three digits, rounded as shown, bytes in both countings.
import { describe, expect, it } from 'vitest'
import { formatBytes, formatCount, formatDuration, formatPercent } from '../../core/format.ts'

const table = (format: (value: number) => string, cases: readonly (readonly [number, string])[]) => {
  it.each(cases.map(([value, text]) => ({ value, text })))('$value as "$text"', ({ value, text }) => {
    expect(format(value)).toBe(text)
  })
}

describe('counts', () => {
  table(formatCount, [
    [0, '0'],
    [7, '7'],
    [0.5, '0.5'],
    [0.001234, '0.00123'],
    [999, '999'],
    [1000, '1 k'],
    [1250, '1.25 k'],
    [12_345, '12.3 k'],
    [999_499, '999 k'],
    [999_999, '1 M'],
    [1_250_000, '1.25 M'],
    [2_345_678_901, '2.35 G'],
    [1e15, '1 P'],
    [1e19, '10000 P'],
    [-1_250_000, '-1.25 M'],
    [100, '100'],
    [Number.NaN, 'NaN'],
  ])
})

describe('bytes', () => {
  table(formatBytes, [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB (1000 B)'],
    [1023, '1.02 kB (1023 B)'],
    [65_536, '65.5 kB (64 KiB)'],
    [104_857_600, '105 MB (100 MiB)'],
    [1_500_000_000, '1.5 GB (1.4 GiB)'],
  ])
})

describe('durations', () => {
  table(formatDuration, [
    [0, '0 ms'],
    [0.25, '250 µs'],
    [0.00123, '1.23 µs'],
    [0.9999, '1 ms'],
    [1.234, '1.23 ms'],
    [850, '850 ms'],
    [999.7, '1 s'],
    [12_345, '12.3 s'],
    [59_949, '59.9 s'],
    [59_950, '1 m'],
    [90_000, '1 m 30 s'],
    [7_200_000, '2 h'],
    [93_784_000, '1 d 2 h 3 m 4 s'],
  ])
})

describe('percent', () => {
  table(formatPercent, [
    [0, '0 %'],
    [0.0123, '1.23 %'],
    [0.5, '50 %'],
    [1, '100 %'],
    [12, '1200 %'],
  ])
})
