// Shows two runs comparing their clocks over real datagrams: the offset that is found is the one that was given, to within the error
// that is said; runs of one host are exact; strangers and late answers do no harm; who listens nowhere is told so.
// Method: one clock, told to each side with an offset of its own.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { isMillraceError } from '../../../core/errors.ts'
import { decodeAnswer, decodeQuestion, encodeAnswer, encodeQuestion } from '../../../loadgen/clock/frames.ts'
import { ClockListener } from '../../../loadgen/clock/listener.ts'
import { ClockPeer, offsetOf } from '../../../loadgen/clock/peer.ts'
import { allocateOffsets, runsMax, SharedOffsets } from '../../../loadgen/clock/shared-offsets.ts'

const trueUs = () => (performance.timeOrigin + performance.now()) * 1000
const theirs = { run: 7, host: 70 }
const open: { close(): void }[] = []
const closing = <Closable extends { close(): void }>(one: Closable): Closable => {
  open.push(one)
  return one
}
afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

interface Off {
  readonly offUs: number
  /** What the other side says of its anchor. */
  readonly anchorUs?: number
}

const listening = async ({ offUs, anchorUs = 0 }: Off) =>
  closing(
    await ClockListener.open(
      { host: '127.0.0.1', port: 0 },
      { identity: theirs, anchorUs, nowUs: () => trueUs() + offUs },
    ),
  )

const asking = (port: number, host: number) =>
  closing(new ClockPeer({ host: '127.0.0.1', port }, { host, anchorUs: 1_000, nowUs: trueUs, onRun: () => {} }))

const offsetFrom = (peer: ClockPeer) =>
  vi.waitFor(() => {
    const [run] = peer.runs.values()
    const offset = run && offsetOf(run, trueUs())
    if (offset === undefined) throw new Error('not known yet')
    return { run: run!, offset }
  }, 10_000)

describe('two runs that compare their clocks', () => {
  it.each([37_000_000, -250, 0])('find an offset of %i microseconds', async offUs => {
    const listener = await listening({ offUs })
    const { run, offset } = await offsetFrom(asking(listener.port, 71))
    expect(run).toMatchObject({ run: 7, host: 70, exactUs: undefined })
    expect(Math.abs(offset.offsetUs - offUs)).toBeLessThanOrEqual(offset.errorUs)
  })

  it('of one host know it exactly, from what each calls zero', async () => {
    const listener = await listening({ offUs: 12, anchorUs: 1_012 })
    const { offset } = await offsetFrom(asking(listener.port, 70))
    expect(offset).toEqual({ offsetUs: 12, errorUs: 1 })
  })

  it('of one host whose clocks are two all the same (a container with a time of its own) measure it', async () => {
    const listener = await listening({ offUs: 5_000_000, anchorUs: 1_012 })
    const { offset } = await offsetFrom(asking(listener.port, 70))
    expect(Math.abs(offset.offsetUs - 5_000_000)).toBeLessThanOrEqual(offset.errorUs)
  })

  it('keep asking: who listens later is found then', async () => {
    const first = await listening({ offUs: 0 })
    const { port } = first
    first.close()
    open.splice(open.indexOf(first), 1)
    const peer = asking(port, 71)
    expect(peer.runs.size).toBe(0)
    const identity = { run: 8, host: 70 }
    closing(
      await ClockListener.open({ host: '127.0.0.1', port }, { identity, anchorUs: 0, nowUs: () => trueUs() + 400 }),
    )
    const { run } = await offsetFrom(peer)
    expect(run.run).toBe(8)
  })

  it('answer nothing to what is no question', async () => {
    const listener = await listening({ offUs: 0 })
    const stranger = closing(createSocket('udp4'))
    const heard: Buffer[] = []
    stranger.on('message', frame => heard.push(frame))
    const send = (frame: Buffer) => stranger.send(frame, listener.port, '127.0.0.1')
    send(Buffer.from('hello'))
    send(encodeAnswer({ ...theirs, number: 1, askedUs: 1, heardUs: 1, answeredUs: 1, anchorUs: 1 }))
    send(encodeQuestion({ number: 9, askedUs: 1.5 }))
    await once(stranger, 'message')
    expect(heard.map(frame => decodeAnswer(frame))).toMatchObject([{ ...theirs, number: 9, askedUs: 1.5 }])
  })

  it('is told where it cannot listen', async () => {
    const taken = await listening({ offUs: 0 })
    const again = ClockListener.open(
      { host: '127.0.0.1', port: taken.port },
      { identity: theirs, anchorUs: 0, nowUs: trueUs },
    )
    const error = await again.catch((reason: unknown) => reason)
    expect(isMillraceError(error) && error.code).toBe('CLOCK_UNREACHABLE')
  })
})

describe('frames', () => {
  it('are of one size, and neither is taken for the other', () => {
    const question = encodeQuestion({ number: 2 ** 32 - 1, askedUs: 1_700_000_000_000_000 })
    const answer = encodeAnswer({ ...theirs, number: 1, askedUs: 2, heardUs: 3, answeredUs: 4, anchorUs: -5 })
    expect(answer.length).toBe(question.length)
    expect(decodeQuestion(question)).toEqual({ number: 2 ** 32 - 1, askedUs: 1_700_000_000_000_000 })
    expect(decodeAnswer(answer)).toEqual({ ...theirs, number: 1, askedUs: 2, heardUs: 3, answeredUs: 4, anchorUs: -5 })
    expect([decodeAnswer(question), decodeQuestion(answer), decodeQuestion(Buffer.alloc(3))]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe('offsets that workers share', () => {
  it('are those that were published last', () => {
    const memory = allocateOffsets()
    const [main, worker] = [new SharedOffsets(memory), new SharedOffsets(memory)]
    expect(worker.find(1)).toBeUndefined()
    main.publish([
      { run: 1, offsetUs: -1e12, errorUs: 0.5 },
      { run: 0xffff_ffff, offsetUs: 2, errorUs: 3 },
    ])
    expect(worker.find(1)).toEqual({ run: 1, offsetUs: -1e12, errorUs: 0.5 })
    expect(worker.find(0xffff_ffff)).toEqual({ run: 0xffff_ffff, offsetUs: 2, errorUs: 3 })
    main.publish([{ run: 1, offsetUs: 8, errorUs: 9 }])
    expect([worker.find(1)?.offsetUs, worker.find(0xffff_ffff)]).toEqual([8, undefined])
  })

  it('are the newest when there are too many', () => {
    const offsets = new SharedOffsets(allocateOffsets())
    offsets.publish(Array.from({ length: runsMax + 1 }, (_, run) => ({ run, offsetUs: run, errorUs: 0 })))
    expect([offsets.find(0), offsets.find(runsMax)?.offsetUs]).toEqual([undefined, runsMax])
  })
})
