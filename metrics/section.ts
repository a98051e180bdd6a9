// Samples of one metric from one source as bytes: what a collecting thread hands over and the HTTP side sends as it is.
//
// The text is written in chunks and each is compressed at once, so that half a million series take some megabytes and never
// stand whole in memory. Chunks are raw deflate that begins without a past and ends on a byte: one after the other, with heads
// between them, they are one gzip stream, which is what Prometheus asks for; who does not gets them inflated one by one.
import { constants, crc32, deflateRawSync } from 'node:zlib'
import type { Family } from './exposition.ts'
import type { Metric } from './metric.ts'
import { TextBuffer } from './text-buffer.ts'

/** Plain data: it is posted between threads. */
export interface Section {
  readonly metric: Metric
  readonly chunks: readonly Chunk[]
}

export interface Chunk {
  readonly deflated: Uint8Array<ArrayBuffer>
  /** Of the text. */
  readonly bytes: number
  readonly crc: number
}

/** Compressing one takes some milliseconds, inflating it less than one. */
const chunkBytesMax = 256 * 1024
/** Level 2 is as fast as 1 on such text, and packs it better. */
const options = { level: 2, finishFlush: constants.Z_SYNC_FLUSH, chunkSize: 64 * 1024 }

export function chunkOf(text: Uint8Array): Chunk {
  const packed = deflateRawSync(text, options)
  const deflated = new Uint8Array(packed)
  // zlib fills a buffer of this size of its own. Left to the garbage collector, which does not see what lies outside of its heap, those
  // of one look would be megabytes.
  if (packed.buffer.byteLength === options.chunkSize) (packed.buffer as ArrayBuffer).transfer(0)
  return { deflated, bytes: text.byteLength, crc: crc32(text) }
}

/** One section a metric, however many families bring samples of it; none for a metric without samples. `pause`: between chunks and metrics. */
export async function sectionsOf(families: readonly Family[], pause: () => Promise<void>): Promise<Section[]> {
  const sections: Section[] = []
  const out = new TextBuffer(chunkBytesMax)
  for (const same of Map.groupBy(families, ({ metric }) => metric.name).values()) {
    const chunks: Chunk[] = []
    for (const family of same) {
      for (const _ of family.writeTo(out)) {
        chunks.push(chunkOf(out.take()))
        await pause()
      }
    }
    if (out.used > 0) chunks.push(chunkOf(out.take()))
    if (chunks.length > 0) sections.push({ metric: same[0]!.metric, chunks })
    // To find out that there are no samples takes as long as to write them.
    await pause()
  }
  return sections
}
