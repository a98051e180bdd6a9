// Shows what users may write for durations, sizes, rates and numbers, what each means, and what a refusal says.
import { describe, expect, it } from 'vitest'
import { parseBoolean, parseDuration, parseOneOf, parseRate, parseSize, parseWhole } from '../../core/units.ts'

const accepted = <T>(parse: (text: string) => unknown, cases: readonly (readonly [string, T])[]) => {
  it.each(cases.map(([text, value]) => ({ text, value })))('takes "$text"', ({ text, value }) => {
    expect(parse(text)).toEqual({ value })
  })
}

const refused = (parse: (text: string) => unknown, cases: readonly (readonly [string, string])[]) => {
  it.each(cases.map(([text, says]) => ({ text, says })))('refuses "$text": $says', ({ text, says }) => {
    expect(parse(text)).toEqual({ problem: expect.stringContaining(says) })
  })
}

describe('durations', () => {
  accepted(parseDuration, [
    ['5s', 5000],
    ['1500ms', 1500],
    ['1m30s', 90_000],
    ['2h', 7_200_000],
    ['1d2h3m4s5ms', 93_784_005],
    ['1.5s', 1500],
    ['0.5ms', 0.5],
    ['0s', 0],
    [' 5s ', 5000],
  ])
  refused(parseDuration, [
    ['30', '"30" has no unit: write 30s or 30ms'],
    ['0', 'has no unit'],
    ['', 'is not a duration'],
    ['s', 'is not a duration'],
    ['5 s', 'is not a duration'],
    ['-5s', 'is not a duration'],
    ['5S', 'is not a duration'],
    ['5min', 'is not a duration'],
    ['30s1m', 'from the largest down'],
    ['1s1s', 'each once'],
    ['1.2.3s', 'is not a duration'],
    ['1e3s', 'is not a duration'],
  ])
})

describe('sizes', () => {
  accepted(parseSize, [
    ['100', 100],
    ['100B', 100],
    ['0', 0],
    ['64KiB', 65_536],
    ['64 KiB', 65_536],
    ['1KB', 1000],
    ['1kB', 1000],
    ['1MB', 1_000_000],
    ['1MiB', 1_048_576],
    ['1.5MiB', 1_572_864],
    ['2GB', 2_000_000_000],
    ['2GiB', 2_147_483_648],
    ['1TB', 1e12],
    ['1TiB', 2 ** 40],
  ])
  refused(parseSize, [
    ['64k', 'write 64KiB (powers of 1024) or 64KB (powers of 1000)'],
    ['64kb', 'write 64KiB'],
    ['1M', 'write 1MiB (powers of 1024) or 1MB'],
    ['5bytes', 'the unit bytes, which is not known'],
    ['1.5', 'not a whole number of bytes'],
    ['99999999TiB', 'not a whole number of bytes'],
    ['-1', 'is not a size'],
    ['', 'is not a size'],
    ['KiB', 'is not a size'],
    ['1e6', 'is not a size'],
  ])
})

describe('rates', () => {
  const records = (perSec: number) => ({ kind: 'records', perSec })
  const bytes = (perSec: number) => ({ kind: 'bytes', perSec })
  accepted(parseRate, [
    ['1000000', records(1_000_000)],
    ['50k/s', records(50_000)],
    ['50k', records(50_000)],
    ['1m/s', records(1_000_000)],
    ['1.5M/s', records(1_500_000)],
    ['0.5/s', records(0.5)],
    ['10/s', records(10)],
    ['100MB/s', bytes(100_000_000)],
    ['1MiB/s', bytes(1_048_576)],
    ['500B/s', bytes(500)],
  ])
  refused(parseRate, [
    ['100MB', 'is a size, not a rate: write 100MB/s'],
    ['0', 'must be more than zero'],
    ['0MB/s', 'must be more than zero'],
    ['1mb/s', 'is not a rate'],
    ['fast', 'is not a rate'],
    ['-5', 'is not a rate'],
    ['100/m', 'is not a rate'],
    ['', 'is not a rate'],
  ])
})

describe('whole numbers', () => {
  accepted(parseWhole(1, 10), [
    ['1', 1],
    ['10', 10],
    [' 7 ', 7],
  ])
  refused(parseWhole(1, 10), [
    ['0', '0 must be between 1 and 10'],
    ['11', '11 must be between 1 and 10'],
    ['1.5', 'is not a whole number'],
    ['', 'is not a whole number'],
    ['0x5', 'is not a whole number'],
    ['99999999999999999999', 'is not a whole number'],
  ])
  refused(parseWhole(1), [['0', '0 must be at least 1']])
})

describe('words', () => {
  accepted(parseBoolean, [
    ['true', true],
    ['FALSE', false],
  ])
  refused(parseBoolean, [
    ['yes', 'is not true or false'],
    ['', 'is not true or false'],
  ])
  accepted(parseOneOf(['earliest', 'latest']), [['latest', 'latest']])
  refused(parseOneOf(['earliest', 'latest']), [['Latest', 'is not one of earliest, latest']])
})
