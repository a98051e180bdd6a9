// Shows that what members tell each other comes through, in the bytes that Java's clients write, from older versions and
// from newer ones too.
import { describe, expect, it } from 'vitest'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../wire/group/consumer-protocol.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

describe('a subscription', () => {
  it('comes through', () => {
    const subscription = { topics: ['a', 'b'], owned: new Map([['a', new Set([0, 2])]]), generation: 7 }
    expect(decodeSubscription(encodeSubscription(subscription))).toEqual(subscription)
  })

  it('is written as version 3: topics, user data, owned partitions, generation, rack', () => {
    const bytes = encodeSubscription({ topics: ['a'], owned: new Map([['a', new Set([1])]]), generation: 2 })
    expect(bytes).toEqual(hex('0003 00000001 0001 61 ffffffff 00000001 0001 61 00000001 00000001 00000002 ffff'))
  })

  it('of version 0 owns nothing', () => {
    expect(decodeSubscription(hex('0000 00000001 0001 61 ffffffff'))).toEqual({
      topics: ['a'],
      owned: new Map(),
      generation: -1,
    })
  })

  it('of a version to come is read as far as it is known', () => {
    const bytes = Buffer.concat([encodeSubscription({ topics: ['a'], owned: new Map(), generation: 3 }), hex('0102')])
    bytes.writeInt16BE(9, 0)
    expect(decodeSubscription(bytes)).toMatchObject({ topics: ['a'], generation: 3 })
  })
})

describe('an assignment', () => {
  it('comes through', () => {
    const assigned = new Map([
      ['a', new Set([0, 1])],
      ['b', new Set([5])],
    ])
    expect(decodeAssignment(encodeAssignment(assigned))).toEqual(assigned)
  })

  it('of no bytes is nothing', () => {
    expect(decodeAssignment(Buffer.alloc(0))).toEqual(new Map())
  })
})
