// The values of a run with a schema, encoded before it begins, so that the hot path copies bytes as for any other payload.
// Framing as all clients of a Confluent-compatible registry have it: a zero byte, the schema's id as four bytes, for Protobuf the
// indexes of the message (zigzag varints: their number, then each; one zero byte for the first message), then the value.
// https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
import { MillraceError } from '../../../core/errors.ts'
import { makeRandom } from '../../../core/random.ts'
import type { EncodedPayload } from '../../plan.ts'
import { compileTemplate } from '../template.ts'
import { avroEncoding } from './avro.ts'
import type { Encoding } from './model.ts'
import { protobufEncoding } from './protobuf.ts'

/** So many different values a worker, or as many as fit into these bytes. */
const valuesMax = 10_000
const poolBytesMax = 8 * 1024 * 1024

export const encodingOf = ({ format, schema, message }: EncodedPayload): Encoding =>
  format === 'avro' ? avroEncoding(schema) : protobufEncoding(schema, message)

/** The values of one worker: the same seed makes the same ones, but for times. */
export function encodePool(payload: EncodedPayload, seed: number, worker: number, nowMs: number): Buffer[] {
  const encoding = encodingOf(payload)
  const header = frameHeader(payload.schemaId, encoding.messageIndexes)
  const make = valueMaker(payload, encoding, seed, worker, nowMs)
  const values: Buffer[] = []
  for (let bytes = 0; values.length < valuesMax && bytes < poolBytesMax; bytes += values.at(-1)!.length) {
    values.push(Buffer.concat([header, encoding.encode(make(values.length))]))
  }
  return values
}

/** One value, tried out before a broker is asked: what is wrong with the schema or the template shows now. */
export function tryEncoded(payload: EncodedPayload): string[] {
  const encoding = encodingOf(payload)
  const value = valueMaker(payload, encoding, 0, 0, Date.now())(0)
  const wrong = encoding.problemWith(value)
  if (wrong.length === 0) encoding.encode(value)
  return wrong
}

function valueMaker({ template }: EncodedPayload, encoding: Encoding, seed: number, worker: number, nowMs: number) {
  const random = makeRandom(seed, worker)
  if (template === undefined) return () => encoding.makeUp(random, nowMs)
  const render = compileTemplate(template, random)
  return (sequence: number) => {
    const text = render(sequence, nowMs * 1000)
    try {
      return JSON.parse(text) as unknown
    } catch (cause) {
      throw new MillraceError('CONFIG_INVALID', `the template makes no JSON: ${text.slice(0, 200)}`, { cause })
    }
  }
}

/** Without a registry there is no id, and no frame: the bare encoding. */
export function frameHeader(schemaId: number | undefined, messageIndexes: readonly number[] | undefined): Buffer {
  if (schemaId === undefined) return Buffer.alloc(0)
  const head = Buffer.alloc(5)
  head.writeUInt32BE(schemaId, 1)
  if (messageIndexes === undefined) return head
  const isFirst = messageIndexes.length === 1 && messageIndexes[0] === 0
  const indexes = isFirst ? [0] : [messageIndexes.length, ...messageIndexes].flatMap(zigzag)
  return Buffer.concat([head, Buffer.from(indexes)])
}

function zigzag(value: number): number[] {
  const bytes: number[] = []
  let rest = value * 2
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return [...bytes, rest]
}
