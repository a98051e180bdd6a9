// Shows that numbers and times come out as Java prints them. The expected texts of numbers are what java.util.Formatter and
// Double.toString of JDK 17 give.
import { describe, expect, it } from 'vitest'
import { javaDateFormat, javaDouble, javaFixed } from '../../../loadgen/perf-test/java-format.ts'

describe('javaFixed', () => {
  it.each([
    [0, 2, '0.00'],
    [0.125, 2, '0.13'],
    [0.115, 2, '0.12'], // toFixed: 0.11, because the binary number is a little less
    [1.005, 2, '1.01'], // toFixed: 1.00
    [2.5, 0, '3'],
    [9.995, 2, '10.00'],
    [99_999.95, 1, '100000.0'],
    [1e21, 1, '1000000000000000000000.0'],
    [1.5e-7, 6, '0.000000'],
    [5e-7, 6, '0.000001'],
    [-1.25, 1, '-1.3'],
    [123_456.789_012_5, 6, '123456.789013'],
    [Number.NaN, 2, 'NaN'],
    [Number.POSITIVE_INFINITY, 2, 'Infinity'],
  ])('%d with %d digits is %s', (value, digits, text) => expect(javaFixed(value, digits)).toBe(text))
})

describe('javaDouble', () => {
  it.each([
    [5, '5.0'],
    [12.345_678, '12.345678'],
    [0.001, '0.001'],
    [0.000_95, '9.5E-4'],
    [12_345_678, '1.2345678E7'],
    [1e7, '1.0E7'],
    [0, '0.0'],
  ])('%d is %s', (value, text) => expect(javaDouble(value)).toBe(text))
})

describe('javaDateFormat', () => {
  const date = new Date(2026, 2, 7, 9, 5, 3, 42)
  const format = (pattern: string) => {
    const made = javaDateFormat(pattern)
    return typeof made === 'function' ? made(date) : made
  }

  it.each([
    ['yyyy-MM-dd HH:mm:ss:SSS', '2026-03-07 09:05:03:042'], // the default of kafka-consumer-perf-test
    ["EEE d MMM yy 'at' h a", 'Sat 7 Mar 26 at 9 AM'],
    ["''HH''", "'09'"],
    ["yyyy.MM.dd'T'HH'h'", '2026.03.07T09h'],
  ])('%s', (pattern, text) => expect(format(pattern)).toBe(text))

  it('says which letter it does not know', () => {
    expect(format('yyyy W')).toEqual({ problem: expect.stringContaining('"W" in "yyyy W"') })
    expect(format("HH 'x")).toEqual({ problem: expect.stringContaining('quote') })
  })
})
