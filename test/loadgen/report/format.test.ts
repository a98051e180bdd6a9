// Shows that numbers read the same on every machine. Method: tables, rounding worked out by hand.
import { describe, expect, it } from 'vitest'
import { countsText, countText, fixedText, mbText, mibText, plural } from '../../../loadgen/report/format.ts'

describe('format', () => {
  it.each([
    { value: 0, text: '0' },
    { value: 999.4, text: '999' },
    { value: 999.5, text: '1,000' },
    { value: 1234567, text: '1,234,567' },
    { value: -1234, text: '-1,234' },
  ])('count $value is $text', ({ value, text }) => expect(countText(value)).toBe(text))

  it('groups only the digits before the point', () => expect(fixedText(1234567.12345, 4)).toBe('1,234,567.1235'))

  it('MB are 10^6 bytes and MiB are 2^20', () => {
    expect(mbText(1_048_576)).toBe('1.05')
    expect(mibText(1_048_576)).toBe('1.0')
  })

  it.each([
    { text: plural(1, 'record'), expected: '1 record' },
    { text: plural(0, 'record'), expected: '0 records' },
    { text: plural(1200, 'batch', 'batches'), expected: '1,200 batches' },
  ])('$expected', ({ text, expected }) => expect(text).toBe(expected))

  it('counts by code: most frequent first, ties by name, zeros left out', () => {
    expect(countsText({ B: 2, A: 2, C: 1500, NONE: 0 })).toBe('C 1,500, A 2, B 2')
  })
})
