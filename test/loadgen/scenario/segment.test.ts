// Shows that the parts of a test add up to the test, and that each part owns the elements that k6 gives it.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Parsed } from '../../../core/units.ts'
import {
  elementAt,
  parseSegment,
  parseSequence,
  scaled,
  split,
  stripingByVus,
  stripingOf,
  wholeStriping,
} from '../../../loadgen/scenario/segment.ts'

function valueIn<T>(parsed: Parsed<T>): T {
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.value
}

const sequenceOf = (text: string) => valueIn(parseSequence(text))
const striping = (segment: string, sequence = '') => stripingOf(valueIn(parseSegment(segment)), sequenceOf(sequence))!

describe('execution segments', () => {
  const eight = '0,0.3,0.5,0.6,0.7,0.8,0.9,1'

  it.each([
    ['0:0.3', eight, { start: 0, offsets: [4, 3, 3], lcd: 10 }],
    ['0.3:0.5', eight, { start: 1, offsets: [4, 6], lcd: 10 }],
    ['0:0.4', '', { start: 1, offsets: [2, 3], lcd: 5 }],
    ['1/10:5/10', '', { start: 1, offsets: [2, 2, 4, 2], lcd: 10 }],
  ])('%s of "%s"', (segment, sequence, expected) => {
    expect(striping(segment, sequence)).toEqual(expected)
  })

  it.each(['1/3', '0:1/3', '0/3:2/6', ':1/3'])('reads %s', text => {
    const parsed = parseSegment(text)
    if (text.startsWith(':')) expect(parsed).toHaveProperty('problem')
    else expect(valueIn(parsed)).toEqual(valueIn(parseSegment('0:1/3')))
  })

  it('reads decimals and percentages exactly', () => {
    expect(valueIn(parseSegment('0.1:30%'))).toEqual(valueIn(parseSegment('1/10:3/10')))
  })

  it.each(['1/2:1/3', '0:2', 'a:b', '1/0', '0:1/2:1', '1/2:1/2'])('refuses %s', text => {
    expect(parseSegment(text)).toHaveProperty('problem')
  })

  it.each(['0', '0,1/2,1/3', '0,2', '0,x'])('refuses the sequence %s', text => {
    expect(parseSequence(text)).toHaveProperty('problem')
  })

  it('a segment that is not of the sequence is told', () => {
    expect(stripingOf(valueIn(parseSegment('0:1/3')), sequenceOf('0,1/2,1'))).toBeUndefined()
  })

  const sequences = fc
    .uniqueArray(fc.integer({ min: 1, max: 23 }), { maxLength: 6 })
    .map(borders => [0, ...borders.sort((a, b) => a - b), 24].map(border => `${border}/24`).join(','))

  it('parts add up to the whole, and do not shrink when it grows', () => {
    fc.assert(
      fc.property(sequences, fc.integer({ min: 0, max: 300 }), (text, total) => {
        const segments = sequenceOf(text)
        const stripings = segments.map(segment => stripingOf(segment, segments)!)
        const shares = stripings.map(one => scaled(total, one))
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(total)
        for (const [index, one] of stripings.entries()) {
          expect(scaled(total + 1, one)).toBeGreaterThanOrEqual(shares[index]!)
        }
      }),
    )
  })

  it('every element has one owner, also when a part is split over workers', () => {
    fc.assert(
      fc.property(sequences, fc.integer({ min: 1, max: 5 }), (text, workers) => {
        const segments = sequenceOf(text)
        const owned = segments.flatMap(segment =>
          Array.from({ length: workers }, (_, worker) => {
            const part = split(stripingOf(segment, segments)!, worker, workers)
            return Array.from({ length: scaled(480, part) }, (_unused, own) => elementAt(own, part))
          }).flat(),
        )
        expect(owned.sort((a, b) => a - b)).toEqual(Array.from({ length: 480 }, (_, element) => element))
      }),
      { numRuns: 30 },
    )
  })

  it('with few VUs, the elements go where the VUs are', () => {
    const thirds = sequenceOf('0,1/3,2/3,1')
    const shares = thirds.map(segment => stripingByVus(segment, thirds, 1)!)
    expect(shares.map(share => scaled(30, share))).toEqual([30, 0, 0])
    expect(thirds.map(segment => scaled(30, stripingByVus(segment, thirds, 2)!))).toEqual([15, 15, 0])
    // As many VUs as the parts want: as without them.
    expect(thirds.map(segment => stripingByVus(segment, thirds, 9))).toEqual(
      thirds.map(segment => stripingOf(segment, thirds)),
    )
  })

  it('by VUs, every element has one owner, which has a VU', () => {
    fc.assert(
      fc.property(sequences, fc.integer({ min: 1, max: 40 }), (text, vus) => {
        const segments = sequenceOf(text)
        const shares = segments.map(segment => stripingByVus(segment, segments, vus)!)
        expect(shares.map(share => scaled(vus, share))).toEqual(
          segments.map(segment => scaled(vus, stripingOf(segment, segments)!)),
        )
        const owned = shares.flatMap(share =>
          Array.from({ length: scaled(300, share) }, (_, own) => elementAt(own, share)),
        )
        expect(owned.sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, element) => element))
      }),
      { numRuns: 50 },
    )
  })

  it('the whole is everything', () => {
    expect(scaled(17, wholeStriping)).toBe(17)
    expect(elementAt(16, wholeStriping)).toBe(16)
  })
})
