// The metrics page: of every source its sections as they came last, each metric under one head whoever brings samples of it.
// It is sent in pieces, as one gzip stream or as text.
import { constants, inflateRawSync } from 'node:zlib'
import { CrcAlgebra } from '../core/crc-algebra.ts'
import { type Dialect, endText, headText } from './exposition.ts'
import { type Chunk, chunkOf, type Section } from './section.ts'

/** CRC-32 of gzip (RFC 1952): one stream is made of pieces that were compressed apart. */
const gzipCrc = new CrcAlgebra(0xedb8_8320)

/** Smaller ones may share their memory with others. */
const releasedBytesMin = 64 * 1024

export interface Piece {
  readonly text: Uint8Array
  /** When it was sent: its memory is given back at once, and it must not be read any more. */
  release(): void
}

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
      crc = gzipCrc.combine(crc, { crc: chunk.crc, shift: gzipCrc.shiftOf(chunk.bytes) })
      bytes += chunk.bytes
    }
    const tail = Buffer.alloc(lastBlock.length + 8)
    lastBlock.copy(tail)
    tail.writeUInt32LE(crc, lastBlock.length)
    tail.writeUInt32LE(bytes % 2 ** 32, lastBlock.length + 4)
    return [...pieces, tail]
  }

  /** As text: how much it is, and its pieces, each inflated when it is asked for, which takes less than a millisecond. */
  plain(dialect: Dialect, extra: string): { readonly bytes: number; readonly pieces: Iterable<Piece> } {
    const chunks = [...this.#chunks(dialect, extra)]
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0)
    return { bytes, pieces: piecesOf(chunks) }
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

function* piecesOf(chunks: readonly Chunk[]): Generator<Piece> {
  for (const chunk of chunks) yield pieceOf(chunk)
}

/**
 * Here and not in the thread pool: going there and back a hundred times for one page waits each time until another thread has its turn,
 * which on a busy machine took ten times as long as the inflating.
 */
function pieceOf({ deflated, bytes }: Chunk): Piece {
  const text = inflateRawSync(deflated, { finishFlush: constants.Z_SYNC_FLUSH, chunkSize: Math.max(64, bytes + 1) })
  return {
    text,
    // Left to the garbage collector, which does not see what lies outside of its heap, the whole text would pile up.
    release: () => void (bytes >= releasedBytesMin && (text.buffer as ArrayBuffer).transfer(0)),
  }
}

/** RFC 1952: deflate, no name, no time. */
const gzipHead = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
/** RFC 1951: an empty block with fixed codes, the last. */
const lastBlock = Buffer.from([0x03, 0x00])
