// What Avro and Protobuf have in common for a run.
import type { Random } from '../../../core/random.ts'

export interface Encoding {
  readonly schemaType: 'AVRO' | 'PROTOBUF'
  /** Full name of the record or message: what subject strategies by record take. */
  readonly name: string
  /** Protobuf: which message of the file. */
  readonly messageIndexes?: readonly number[]
  makeUp(random: Random, nowMs: number): unknown
  /** What is wrong with a value, by field; nothing when it can be encoded. */
  problemWith(value: unknown): string[]
  encode(value: unknown): Buffer
}
