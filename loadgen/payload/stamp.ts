// DATA PLANE: 6 ns to write in binary, 60 ns as text; 15 ns to read, 4 ns to see that it follows the one before.
//
// The stamp of a record: which run and producer made it, its number among the producer's records of that partition, when
// it was due and how much later it was made. With it a consumer, in this process or on another host, measures end to end
// and accounts for every record. 32 bytes, big-endian:
//
//    0  magic `MRS1`
//    4  run, random
//    8  host: a digest of the boot id, to tell whether two clocks are one
//   12  producer (12 bits), partition (20 bits)
//   16  sequence of the record among those of its producer and partition, from 0: the high 12 of its 44 bits;
//       then the high 20 bits of the intended time, microseconds since the epoch
//   20  sequence, low 32 bits
//   24  intended time, low 32 bits
//   28  lateness: actual minus intended time, microseconds, saturated
//
// In the value it comes first, in text payload as 43 characters of base64url; as a header it is the first one, `mr`.
import type { RecordCursor } from '../../wire/record-batch/scan.ts'

export type StampForm = 'binary' | 'text'

/** What all stamps of a run share; both unsigned 32-bit. */
export interface RunIdentity {
  readonly run: number
  readonly host: number
}

export interface StampIdentity extends RunIdentity {
  readonly producer: number
}

/** Bytes of a whole stamp. */
export const stampBytes: Readonly<Record<StampForm, number>> = { binary: 32, text: 43 }
export const stampHeaderName = 'mr'
/** What the header adds to a record: lengths of name and value, name, stamp. */
export const stampHeaderBytes = 4 + stampBytes.binary
/** From the end of the value to the stamp: number of headers, length of the name, name, length of the value. */
export const stampHeaderOffset = 5
export const producersMax = 2 ** 12
const partitionsMax = 2 ** 20

const magic = 0x4d52_5331
/** `TVJT`: how base64 begins with these bytes. */
const textMagic = 0x5456_4a54
const headerMark = 0x046d_7240
const two32 = 0x1_0000_0000
const two20 = 0x10_0000
const lateUsMax = two32 - 1

/** Names producer and partition in one word. */
export const streamWord = (producer: number, partition: number): number =>
  ((producer << 20) | (partition % partitionsMax)) >>> 0

/** The part that is the same in every record of a run. */
export function writeStampRun(view: DataView, at: number, { run, host }: RunIdentity): void {
  view.setUint32(at, magic)
  view.setUint32(at + 4, run)
  view.setUint32(at + 8, host)
}

/** The part that differs: the rest. */
export function writeStampRecord(
  view: DataView,
  at: number,
  stream: number,
  sequence: number,
  intendedUs: number,
  lateUs: number,
): void {
  view.setUint32(at + 12, stream)
  view.setUint32(at + 16, Math.floor(sequence / two32) * two20 + Math.floor(intendedUs / two32))
  view.setUint32(at + 20, sequence >>> 0)
  view.setUint32(at + 24, intendedUs >>> 0)
  view.setUint32(at + 28, Math.min(lateUs, lateUsMax))
}

const alphabet = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
const digitOf = new Int16Array(256).fill(-1)
for (const [digit, letter] of alphabet.entries()) digitOf[letter] = digit

/** Writes the 32 bytes at `from` as 43 characters at `at`. */
export function writeStampText(view: DataView, at: number, from: number): void {
  let to = at
  for (let byte = 0; byte < 33; byte += 3) {
    const last = byte === 30 ? 0 : view.getUint8(from + byte + 2)
    const bits = (view.getUint8(from + byte) << 16) | (view.getUint8(from + byte + 1) << 8) | last
    view.setUint8(to++, alphabet[bits >>> 18]!)
    view.setUint8(to++, alphabet[(bits >>> 12) & 63]!)
    view.setUint8(to++, alphabet[(bits >>> 6) & 63]!)
    if (byte < 30) view.setUint8(to++, alphabet[bits & 63]!)
  }
}

const viewOf = ({ buffer, byteOffset, length }: Buffer): DataView => new DataView(buffer, byteOffset, length)

/** The stamp that was read last, filled in place so that one object serves for all records. */
export class Stamp {
  run = 0
  host = 0
  /** Producer and partition: see `streamWord`. */
  stream = 0
  sequence = 0
  /** Microseconds since the epoch, by the clock of the producer. */
  intendedUs = 0
  lateUs = 0
  readonly #fromText = Buffer.alloc(36)
  readonly #textView = viewOf(this.#fromText)
  /** What was read from last, and where the stamp lies in it: those that follow are held against its bytes. -1: text. */
  #buffer: Buffer | undefined
  #view = viewOf(Buffer.alloc(0))
  #at = -1
  #isHeader = false

  get producer(): number {
    return this.stream >>> 20
  }

  get partition(): number {
    return this.stream % partitionsMax
  }

  /** Reads the stamp of the record that the cursor stands at, wherever it is; false when there is none. */
  read(buffer: Buffer, cursor: StampedRecord): boolean {
    if (buffer !== this.#buffer) this.#view = viewOf(buffer)
    this.#buffer = buffer
    this.#at = -1
    const view = this.#view
    const { valueAt, valueBytes } = cursor
    if (valueBytes >= stampBytes.binary) {
      const first = view.getInt32(valueAt)
      if (first === magic) return this.#takeBinary(valueAt, false)
      if (first === textMagic && valueBytes >= stampBytes.text) return this.#takeText(buffer, valueAt)
    }
    const at = headerStampAt(view, cursor)
    return at >= 0 && view.getInt32(at) === magic && this.#takeBinary(at, true)
  }

  /** From a value and from the stamp's header, as clients hand them over. */
  readFrom(value: Buffer | null | undefined, header: Buffer | undefined): boolean {
    const bytes = value?.length ?? 0
    if (bytes >= stampBytes.binary && this.read(value!, { valueAt: 0, valueBytes: bytes, endAt: bytes })) return true
    this.#at = -1
    return header?.length === stampBytes.binary && header.readUInt32BE(0) === magic && this.#take(viewOf(header), 0)
  }

  /**
   * Whether the record that the cursor stands at has the stamp that was read last, but for its sequence, which is `count` higher:
   * records that were made at one moment lie together. The stamp stays the one that was read.
   */
  isFollowed(buffer: Buffer, cursor: StampedRecord, count: number): boolean {
    const view = this.#view
    const first = this.#at
    if (first < 0 || buffer !== this.#buffer) return false
    const at = this.#isHeader ? headerStampAt(view, cursor) : cursor.valueAt
    if (at < 0 || (!this.#isHeader && cursor.valueBytes < stampBytes.binary)) return false
    return (
      view.getUint32(at + 20) - view.getUint32(first + 20) === count &&
      view.getInt32(at + 24) === view.getInt32(first + 24) &&
      view.getInt32(at + 16) === view.getInt32(first + 16) &&
      view.getInt32(at + 12) === view.getInt32(first + 12) &&
      view.getInt32(at + 28) === view.getInt32(first + 28) &&
      view.getInt32(at + 8) === view.getInt32(first + 8) &&
      view.getInt32(at + 4) === view.getInt32(first + 4) &&
      view.getInt32(at) === magic
    )
  }

  #takeBinary(at: number, isHeader: boolean): true {
    this.#at = at
    this.#isHeader = isHeader
    return this.#take(this.#view, at)
  }

  #take(view: DataView, at: number): true {
    this.run = view.getUint32(at + 4)
    this.host = view.getUint32(at + 8)
    this.stream = view.getUint32(at + 12)
    const high = view.getUint32(at + 16)
    this.sequence = (high >>> 20) * two32 + view.getUint32(at + 20)
    this.intendedUs = (high % two20) * two32 + view.getUint32(at + 24)
    this.lateUs = view.getUint32(at + 28)
    return true
  }

  #takeText(buffer: Buffer, at: number): boolean {
    const bytes = this.#fromText
    let to = 0
    let wrong = 0
    for (let from = at; from < at + stampBytes.text; from += 4) {
      const last = from + 3 < at + stampBytes.text ? digitOf[buffer[from + 3]!]! : 0
      const [one, two, three] = [digitOf[buffer[from]!]!, digitOf[buffer[from + 1]!]!, digitOf[buffer[from + 2]!]!]
      wrong |= one | two | three | last
      const bits = (one << 18) | (two << 12) | (three << 6) | last
      bytes[to++] = bits >>> 16
      bytes[to++] = bits >>> 8
      bytes[to++] = bits
    }
    return wrong >= 0 && bytes.readUInt32BE(0) === magic && this.#take(this.#textView, 0)
  }
}

type StampedRecord = Pick<RecordCursor, 'valueAt' | 'valueBytes' | 'endAt'>

/** Where the stamp of a record lies that has it as its first header; -1: it has not. */
function headerStampAt(view: DataView, { valueAt, valueBytes, endAt }: StampedRecord): number {
  const countAt = valueAt + Math.max(valueBytes, 0)
  if (endAt - countAt < stampHeaderOffset + stampBytes.binary || view.getInt32(countAt + 1) !== headerMark) return -1
  return countAt + stampHeaderOffset
}

// ---- values without a stamp ----

/** The number of the record in the run, in as many bytes as there are up to 8: what makes a value without a stamp unique. */
export function writeNumber(view: DataView, at: number, valueBytes: number, sequence: number): void {
  if (valueBytes >= 8) {
    view.setUint32(at, Math.floor(sequence / two32))
    view.setUint32(at + 4, sequence >>> 0)
    return
  }
  for (let byte = valueBytes - 1, rest = sequence; byte >= 0; byte--, rest = Math.floor(rest / 256)) {
    view.setUint8(at + byte, rest & 0xff)
  }
}

/** The same in up to 16 decimal digits. */
export function writeNumberText(view: DataView, at: number, valueBytes: number, sequence: number): void {
  writeDigits(view, at, Math.min(valueBytes, 16), sequence)
}

/** The low digits of a number, padded with zeros. */
export function writeDigits(view: DataView, at: number, digits: number, value: number): void {
  // Two halves of at most 8 digits each, because integer division by a constant is fast only for 32-bit integers.
  let low = (value % 1e8) | 0
  let high = (Math.floor(value / 1e8) % 1e8) | 0
  for (let position = digits - 1; position >= 0; position--) {
    if (digits - position <= 8) {
      const rest = (low / 10) | 0
      view.setUint8(at + position, 48 + low - rest * 10)
      low = rest
    } else {
      const rest = (high / 10) | 0
      view.setUint8(at + position, 48 + high - rest * 10)
      high = rest
    }
  }
}
