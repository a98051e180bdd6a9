// What two runs say to each other about their clocks: one datagram to ask, one of the same size to answer, so that nobody's
// listener makes much of little. 56 bytes, big-endian; times are microseconds since the epoch by the clock of who writes them.
//
//    0  magic `MRC1`
//    4  1 = question, 2 = answer
//    8  number of the question, so that a late answer is not taken for another
//   12  run, of who answers
//   16  host, of who answers (identity.ts)
//   24  asked: of who asks
//   32  heard, 40 answered: of who answers
//   48  anchor of who answers: wall minus monotonic clock
import type { RunIdentity } from '../payload/stamp.ts'

const magic = 0x4d52_4331
const frameBytes = 56
const kinds = { question: 1, answer: 2 } as const

export interface Question {
  readonly number: number
  readonly askedUs: number
}

export interface Answer extends Question, RunIdentity {
  readonly heardUs: number
  readonly answeredUs: number
  readonly anchorUs: number
}

export function encodeQuestion({ number, askedUs }: Question): Buffer {
  const frame = frameOf('question', number, askedUs)
  return frame
}

export function encodeAnswer({ number, askedUs, run, host, heardUs, answeredUs, anchorUs }: Answer): Buffer {
  const frame = frameOf('answer', number, askedUs)
  frame.writeUInt32BE(run, 12)
  frame.writeUInt32BE(host, 16)
  frame.writeDoubleBE(heardUs, 32)
  frame.writeDoubleBE(answeredUs, 40)
  frame.writeDoubleBE(anchorUs, 48)
  return frame
}

/** Undefined: not a question. */
export function decodeQuestion(frame: Buffer): Question | undefined {
  if (!isFrame(frame, 'question')) return undefined
  return { number: frame.readUInt32BE(8), askedUs: frame.readDoubleBE(24) }
}

/** Undefined: not an answer. */
export function decodeAnswer(frame: Buffer): Answer | undefined {
  if (!isFrame(frame, 'answer')) return undefined
  return {
    number: frame.readUInt32BE(8),
    run: frame.readUInt32BE(12),
    host: frame.readUInt32BE(16),
    askedUs: frame.readDoubleBE(24),
    heardUs: frame.readDoubleBE(32),
    answeredUs: frame.readDoubleBE(40),
    anchorUs: frame.readDoubleBE(48),
  }
}

function frameOf(kind: keyof typeof kinds, number: number, askedUs: number): Buffer {
  const frame = Buffer.alloc(frameBytes)
  frame.writeUInt32BE(magic, 0)
  frame.writeUInt32BE(kinds[kind], 4)
  frame.writeUInt32BE(number, 8)
  frame.writeDoubleBE(askedUs, 24)
  return frame
}

const isFrame = (frame: Buffer, kind: keyof typeof kinds): boolean =>
  frame.length === frameBytes && frame.readUInt32BE(0) === magic && frame.readUInt32BE(4) === kinds[kind]
