// The metrics page: of every source its sections as they came last, each metric under one head whoever brings samples of it.
// It is sent in pieces, as one gzip stream or as text.
import { promisify } from 'node:util'
import { constants, inflateRaw } from 'node:zlib'
import { collectGarbage } from '../core/garbage.ts'
import { crc32Combine } from './crc32-combine.ts'
import { type Dialect, endText, headText } from './exposition.ts'
import { type Chunk, chunkOf, type Section } from './section.ts'

const inflate = promisify(inflateRaw)
/** In the thread pool at a time. */
const inflatedAhead = 2
const garbageBytesMax = 1 * 1024 * 1024

export class Page {
  readonly #sources = new Map<string, readonly Section[]>()

  /** In the place of what the source had on the page. */
  put(source: string, sections: readonly Section[]): void {
    this.#sources.set(source, sections)
  }

  /** As one gzip stream; `extra` are lines of other origin, with heads of their own, in front. */
  gzip(dialect: Dialect, extra: string): Uint8Array[] {
    let [crc, bytes] = [0, 0]
    const pieces: Uint8Array[] = [gzipHead]
    for (const chunk of this.#chunks(dialect, extra)) {
      pieces.push(chunk.deflated)
      crc = crc32Combine(crc, chunk.crc, chunk.bytes)
      bytes += chunk.bytes
    }
    const tail = Buffer.alloc(lastBlock.length + 8)
    lastBlock.copy(tail)
    tail.writeUInt32LE(crc, lastBlock.length)
    tail.writeUInt32LE(bytes % 2 ** 32, lastBlock.length + 4)
    return [...pieces, tail]
  }

  /** As text: how much it is, and its pieces, which are inflated while those before them are sent. */
  plain(dialect: Dialect, extra: string): { readonly bytes: number; readonly pieces: AsyncGenerator<Uint8Array> } {
    const chunks = [...this.#chunks(dialect, extra)]
    return { bytes: chunks.reduce((sum, { bytes }) => sum + bytes, 0), pieces: inflated(chunks) }
  }

  *#chunks(dialect: Dialect, extra: string): Generator<Chunk> {
    if (extra !== '') yield textChunk(extra)
    const byMetric = Map.groupBy([...this.#sources.values()].flat(), ({ metric }) => metric.name)
    for (const same of byMetric.values()) {
      yield headChunk(same[0]!, dialect)
      for (const { chunks } of same) yield* chunks
    }
    const end = endText(dialect)
    if (end !== '') yield textChunk(end)
  }
}

const textChunk = (text: string): Chunk => chunkOf(Buffer.from(text))

const heads = new Map<string, Chunk>()

/** There are as many as metrics: each is made once. */
function headChunk({ metric }: Section, dialect: Dialect): Chunk {
  const key = `${dialect} ${metric.name}`
  const known = heads.get(key) ?? textChunk(headText(metric, dialect))
  heads.set(key, known)
  return known
}

/** Those that were sent are garbage outside of the heap, which would pile up until the whole text had been there at once. */
async function* inflated(chunks: readonly Chunk[]): AsyncGenerator<Uint8Array> {
  const ahead: Promise<Uint8Array>[] = []
  let garbageBytes = 0
  for (const chunk of chunks) {
    if (ahead.length >= inflatedAhead) yield await ahead.shift()!
    ahead.push(plainOf(chunk))
    garbageBytes += chunk.bytes
    if (garbageBytes < garbageBytesMax) continue
    collectGarbage('minor')
    garbageBytes = 0
  }
  yield* ahead
}

async function plainOf({ deflated, bytes }: Chunk): Promise<Uint8Array> {
  return inflate(deflated, { finishFlush: constants.Z_SYNC_FLUSH, chunkSize: Math.max(64, bytes + 1) })
}

/** RFC 1952: deflate, no name, no time. */
const gzipHead = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
/** RFC 1951: an empty block with fixed codes, the last. */
const lastBlock = Buffer.from([0x03, 0x00])
