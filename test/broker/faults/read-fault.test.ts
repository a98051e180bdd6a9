// Shows that a fault is read from text and from JSON as what it says, and that every problem is told with a way out.
import { describe, expect, it } from 'vitest'
import { faultKinds } from '../../../broker/faults/fields.ts'
import { parseFault, readFault } from '../../../broker/faults/read-fault.ts'
import { isMillraceError } from '../../../core/errors.ts'

const texts = [
  { text: 'stall', fault: { match: {}, effect: { kind: 'stall' } } },
  {
    text: 'stall:api=Produce,for=2s,after=10s',
    fault: { match: { api: 'Produce' }, effect: { kind: 'stall' }, forMs: 2000, afterMs: 10_000 },
  },
  {
    text: ' delay : by=5ms, jitter=2ms, percent=10%, client=my-app* ',
    fault: { match: { clientId: 'my-app*' }, effect: { kind: 'delay', ms: 5, jitterMs: 2 }, percent: 10 },
  },
  {
    text: 'error:code=NOT_LEADER_OR_FOLLOWER,topic=a:b,partition=3,times=2,every=1m30s',
    fault: {
      match: { topic: 'a:b', partition: 3 },
      effect: { kind: 'error', code: 'NOT_LEADER_OR_FOLLOWER' },
      times: 2,
      everyMs: 90_000,
    },
  },
  { text: 'slow-disk:rate=10MB/s', fault: { match: {}, effect: { kind: 'slow-disk', bytesPerSec: 10_000_000 } } },
  {
    text: 'slow-disk:rate=10MB/s,burst=50ms',
    fault: { match: {}, effect: { kind: 'slow-disk', bytesPerSec: 10_000_000, burstMs: 50 } },
  },
  { text: 'drop:when=answer', fault: { match: {}, effect: { kind: 'drop', when: 'answer' } } },
  { text: 'move-leader:topic=t,to=0', fault: { match: { topic: 't' }, effect: { kind: 'move-leader', to: 0 } } },
  {
    text: 'stop-broker:broker=2,for=5s',
    fault: { match: { broker: 2 }, effect: { kind: 'stop-broker' }, forMs: 5000 },
  },
]

const wrongTexts = [
  { text: 'stal', says: ['"stal" is no fault: there are delay, stall'] },
  { text: 'delay', says: ['delay needs by'] },
  { text: 'delay:by=5', says: ['by: "5" has no unit'] },
  { text: 'stall:api=Prodduce', says: ['api: "Prodduce" is not known here'] },
  { text: 'stall:affter=2s', says: ['stall has no affter: did you mean after?'] },
  { text: 'stall:by=2s', says: ['stall has no by; it has api, client'] },
  {
    text: 'error:code=OOPS,times=0',
    says: ['2 settings', 'code: "OOPS" is not known here', 'times: 0 must be between 1 and'],
  },
  { text: 'stall:every=1s', says: ['every needs for'] },
  { text: 'stall:every=1s,for=1s', says: ['for must be shorter than every'] },
  { text: 'stop-broker:topic=t', says: ['stop-broker has no topic', 'stop-broker needs broker'] },
  { text: 'slow-disk:rate=0', says: ['rate: must be more than zero'] },
  { text: 'delay:by=1s,percent=101', says: ['percent: must be a number from 0 to 100'] },
  { text: 'stall:for=0s', says: ['for: must be more than zero'] },
]

function messageOf(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    if (isMillraceError(error) && error.code === 'CONFIG_INVALID') return error.message
    throw error
  }
  return 'no error'
}

describe('a fault as text', () => {
  it.each(texts)('$text', ({ text, fault }) => {
    expect(parseFault(text)).toEqual(fault)
  })

  it.each(wrongTexts)('$text is refused', ({ text, says }) => {
    const message = messageOf(() => parseFault(text))
    for (const each of says) expect(message).toContain(each)
    expect(message).toContain('--fault')
  })
})

describe('a fault as JSON', () => {
  it.each(texts)('is the same object: $text', ({ fault }) => {
    expect(readFault(JSON.parse(JSON.stringify(fault)))).toEqual(fault)
  })

  it('needs no match, and leaves out what is undefined', () => {
    expect(readFault({ effect: { kind: 'stall' }, forMs: undefined })).toEqual({ match: {}, effect: { kind: 'stall' } })
  })

  const wrong = [
    { input: 'stall', says: ['must be an object with an effect'] },
    { input: [], says: ['must be an object with an effect'] },
    { input: { effect: null }, says: ['must be an object with an effect'] },
    { input: { effect: { kind: 'x' } }, says: ['fault.effect.kind: "x" is no fault'] },
    {
      input: { match: { api: 3, broker: 1.5 }, effect: { kind: 'delay', ms: '5' }, times: -1, extra: 1 },
      says: ['fault.match.api', 'fault.match.broker', 'fault.effect.ms', 'fault.times', 'fault.extra: is nothing that'],
    },
    { input: { effect: { kind: 'stall', ms: 5 } }, says: ['fault.effect.ms: is nothing that stall has'] },
    { input: { effect: { kind: 'delay', ms: Number.NaN } }, says: ['fault.effect.ms: must be a number'] },
  ]
  it.each(wrong)('$input is refused', ({ input, says }) => {
    const message = messageOf(() => readFault(input))
    for (const each of says) expect(message).toContain(each)
  })

  it('every kind can be read from its name, and says what it lacks', () => {
    for (const kind of faultKinds) {
      const message = messageOf(() => readFault({ effect: { kind } }))
      expect(message === 'no error' || message.includes('needs'), `${kind}: ${message}`).toBe(true)
    }
  })
})
