// The value of a threshold as people read it: with its unit, and no more digits than say something.
import { countText, fixedText } from '../../report/format.ts'

export function unitValueText(value: number | null, unit: string): string {
  if (value === null) return 'unknown'
  if (unit === 'share') return `${fixedText(Math.floor(value * 10_000) / 100, 2)} %`
  const number = Number.isInteger(value) || Math.abs(value) >= 1000 ? countText(value) : fixedText(value, 2)
  return unit === 'none' || unit === 'count' ? number : `${number} ${unitText[unit] ?? unit}`
}

const unitText: Readonly<Record<string, string>> = { us: 'µs', percent: '%', 'count/s': '/s' }
