// The compression codecs of record batches: one table by id (the low bits of a batch's attributes) and name.
// Bytes that do not inflate, or inflate beyond the limit, end in BATCH_CORRUPT; nothing is cut off silently.
import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { isMillraceError, MillraceError } from '../core/errors.ts'
import { lz4Compress, lz4Decompress } from './lz4-frame.ts'
import { snappyCompress, snappyDecompress } from './snappy-xerial.ts'

export type CodecName = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

export interface Codec {
  readonly id: number
  readonly name: CodecName
  /** The range of KIP-390 for codecs that have levels here; lz4 and snappy have one speed. */
  readonly levels?: { readonly min: number; readonly max: number; readonly default: number }
  compress(bytes: Buffer, level?: number): Buffer
  decompress(bytes: Buffer, sizeMax: number): Buffer
}

export const codecs = {
  none: {
    id: 0,
    name: 'none',
    compress: bytes => bytes,
    decompress: bytes => bytes,
  },
  gzip: {
    id: 1,
    name: 'gzip',
    levels: { min: 1, max: 9, default: constants.Z_DEFAULT_COMPRESSION },
    compress: (bytes, level = constants.Z_DEFAULT_COMPRESSION) => gzipSync(bytes, { level }),
    decompress: (bytes, sizeMax) => gunzipSync(bytes, { maxOutputLength: sizeMax }),
  },
  snappy: { id: 2, name: 'snappy', compress: snappyCompress, decompress: snappyDecompress },
  lz4: { id: 3, name: 'lz4', compress: lz4Compress, decompress: lz4Decompress },
  zstd: {
    id: 4,
    name: 'zstd',
    levels: { min: -131_072, max: 22, default: 3 },
    compress: (bytes, level = 3) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level } }),
    decompress: (bytes, sizeMax) => zstdDecompressSync(bytes, { maxOutputLength: sizeMax }),
  },
} as const satisfies Record<CodecName, Codec>

const codecsById: readonly Codec[] = Object.values(codecs).sort((a, b) => a.id - b.id)

export const codecNames = codecsById.map(codec => codec.name)

/** For those who write attributes. */
export const codecIds = {
  none: codecs.none.id,
  gzip: codecs.gzip.id,
  snappy: codecs.snappy.id,
  lz4: codecs.lz4.id,
  zstd: codecs.zstd.id,
} as const satisfies Record<CodecName, number>

/** What one batch may inflate to when the caller sets no limit of its own. */
export const inflatedBytesMax = 256 * 1024 * 1024

export function codecById(id: number): Codec {
  const codec = codecsById[id]
  if (codec === undefined) throw new MillraceError('BATCH_CORRUPT', `compression codec ${id} is not known`)
  return codec
}

export const isCodecName = (name: string): name is CodecName => Object.hasOwn(codecs, name)

export function compress(name: CodecName, bytes: Buffer, options: { readonly level?: number } = {}): Buffer {
  const codec: Codec = codecs[name]
  return codec.compress(bytes, options.level)
}

export function decompress(name: CodecName, bytes: Buffer, options: { readonly sizeMax?: number } = {}): Buffer {
  const sizeMax = options.sizeMax ?? inflatedBytesMax
  try {
    return codecs[name].decompress(bytes, sizeMax)
  } catch (error) {
    if (isMillraceError(error)) throw error
    const why = isTooLarge(error) ? `inflates to more than the limit of ${sizeMax} bytes` : 'does not inflate'
    throw new MillraceError('BATCH_CORRUPT', `${name} data ${why}`, { cause: error })
  }
}

const isTooLarge = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
