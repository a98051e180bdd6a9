// Stamps of records that are passed on. Where they go they are other records: made by this run, numbered anew in producer and
// partition, so that whoever reads them can account for them. Their intended time stays that of the first producer, so that end to end
// is the whole way.
import {
  producersMax,
  type RunIdentity,
  Stamp,
  stampBytes,
  stampHeaderName,
  streamWord,
  writeStampRecord,
  writeStampRun,
  writeStampText,
} from '../payload/stamp.ts'
import type { OutputRecord } from './output.ts'

export class Restamper {
  readonly #run: number
  readonly #producer: number
  readonly #nowUs: () => number
  readonly #stamp = new Stamp()
  /** By topic and partition: the next number. */
  readonly #next = new Map<string, number>()
  #begun = new Map<string, number>()

  /** `producer`: of this life of a consumer among all of the run. */
  constructor({ run }: Pick<RunIdentity, 'run'>, producer: number, nowUs: () => number) {
    this.#run = run
    this.#producer = producer % producersMax
    this.#nowUs = nowUs
  }

  /** Records without a stamp stay as they are. */
  apply(output: OutputRecord): OutputRecord {
    const { topic, partition, record } = output
    const { value, headers = [] } = record
    const at = headers.findIndex(({ key }) => key === stampHeaderName)
    if (this.#stamp.readFrom(value, undefined)) {
      return { ...output, record: { ...record, value: inValue(value!, this.#made(topic, partition)) } }
    }
    if (!this.#stamp.readFrom(null, headers[at]?.value ?? undefined)) return output
    const own = headers.with(at, { key: stampHeaderName, value: this.#made(topic, partition) })
    return { ...output, record: { ...record, headers: own } }
  }

  /** What is sent from now on can be taken back. */
  begin(): void {
    this.#begun = new Map(this.#next)
  }

  /** Not all that was numbered since has arrived: the numbers are used again, so that there are no holes. */
  takeBack(): void {
    this.#next.clear()
    for (const [key, next] of this.#begun) this.#next.set(key, next)
  }

  #made(topic: string, partition: number): Buffer {
    const { host, intendedUs } = this.#stamp
    const key = `${topic} ${partition}`
    const sequence = this.#next.get(key) ?? 0
    this.#next.set(key, sequence + 1)
    const stamp = Buffer.alloc(stampBytes.binary)
    const view = new DataView(stamp.buffer, stamp.byteOffset, stamp.length)
    writeStampRun(view, 0, { run: this.#run, host })
    const lateUs = Math.max(0, Math.round(this.#nowUs() - intendedUs))
    writeStampRecord(view, 0, streamWord(this.#producer, partition), sequence, intendedUs, lateUs)
    return stamp
  }
}

/** In the form that the value has: bytes, or text. */
function inValue(value: Buffer, stamp: Buffer): Buffer {
  const isBinary = value.readUInt32BE(0) === stamp.readUInt32BE(0)
  if (isBinary) return Buffer.concat([stamp, value.subarray(stampBytes.binary)])
  const both = Buffer.concat([value, stamp])
  writeStampText(new DataView(both.buffer, both.byteOffset, both.length), 0, value.length)
  return both.subarray(0, value.length)
}
