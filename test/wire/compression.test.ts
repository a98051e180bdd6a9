// Shows that every codec gives back what it was given, that lz4 reads what the reference tool writes, and that damaged, truncated or oversized data ends in BATCH_CORRUPT instead of wrong bytes or all of the memory.
// Method: round trips over random and repetitive bytes; frames made by the `lz4` command, written down as hex.
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { compressSync as rawSnappy } from 'snappy'
import { describe, expect, it } from 'vitest'
import { isMillraceError } from '../../core/errors.ts'
import { codecById, codecNames, codecs, compress, decompress, isCodecName } from '../../wire/compression.ts'
import { xxhash32 } from '../../wire/xxhash32.ts'

const realCodecs = codecNames.filter(name => name !== 'none')

/** Long enough for several blocks, compressible or not, as records are. */
const content = fc
  .record({ piece: fc.uint8Array({ maxLength: 300 }), times: fc.integer({ min: 1, max: 900 }) })
  .map(({ piece, times }) => Buffer.concat(Array.from({ length: times }, () => piece)))

const corrupt = (read: () => unknown): string => {
  try {
    read()
  } catch (error) {
    if (isMillraceError(error) && error.code === 'BATCH_CORRUPT') return error.message
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('the table', () => {
  it('has the ids of the protocol', () => {
    expect(codecNames).toEqual(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
    expect(codecById(4)).toBe(codecs.zstd)
    expect(corrupt(() => codecById(5))).toContain('codec 5')
  })

  it('knows names from other words', () => {
    expect(isCodecName('lz4')).toBe(true)
    expect(isCodecName('toString')).toBe(false)
  })
})

describe.each(realCodecs)('%s', name => {
  it('gives back what it was given', () => {
    fc.assert(
      fc.property(content, bytes => {
        expect(decompress(name, compress(name, bytes)).equals(bytes)).toBe(true)
      }),
      { numRuns: 40 },
    )
  })

  it('keeps incompressible bytes over many blocks', () => {
    const noise = createHash('shake256', { outputLength: 200_001 }).update('noise').digest()
    expect(decompress(name, compress(name, noise)).equals(noise)).toBe(true)
  })

  it('reads and writes shared memory, where workers keep their batches', () => {
    const shared = Buffer.from(new SharedArrayBuffer(50_000)).fill('shared')
    expect(decompress(name, compress(name, shared)).equals(shared)).toBe(true)
    const packed = compress(name, shared)
    const sharedPacked = Buffer.from(new SharedArrayBuffer(packed.length))
    packed.copy(sharedPacked)
    expect(decompress(name, sharedPacked).equals(shared)).toBe(true)
  })

  it('makes repetitive bytes smaller', () => {
    expect(compress(name, Buffer.alloc(100_000, 'abcdefg')).length).toBeLessThan(10_000)
  })

  it('inflates up to the limit and not a byte further', () => {
    const packed = compress(name, Buffer.alloc(100_000, 7))
    expect(decompress(name, packed, { sizeMax: 100_000 })).toHaveLength(100_000)
    expect(corrupt(() => decompress(name, packed, { sizeMax: 99_999 }))).toMatch(/limit|left of/)
  })

  it('refuses every truncation', () => {
    const packed = compress(name, Buffer.from('one two three, one two three, one two three'.repeat(9)))
    // Snappy has no end mark: cut off between blocks it is whole; with one block there, that is the bare header.
    const whole = name === 'snappy' ? 16 : -1
    for (let length = 0; length < packed.length; length++) {
      if (length !== whole) expect(corrupt(() => decompress(name, packed.subarray(0, length)))).toContain(name)
    }
  })

  it('never throws anything but BATCH_CORRUPT for damaged bytes', () => {
    const packed = compress(name, Buffer.from('some text that is worth packing, '.repeat(40)))
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), (position, flip) => {
        const damaged = Buffer.from(packed)
        damaged[position]! ^= flip
        try {
          decompress(name, damaged, { sizeMax: 1_000_000 }) // without a checksum of its own a codec may not notice
        } catch (error) {
          expect(isMillraceError(error) && error.code).toBe('BATCH_CORRUPT')
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('levels', () => {
  const bytes = Buffer.from(Array.from({ length: 50_000 }, (_, i) => ((i * i) % 251) ^ (i % 13)))

  it.each(['gzip', 'zstd'] as const)('%s packs tighter at a higher level', name => {
    const fast = compress(name, bytes, { level: codecs[name].levels.min })
    const tight = compress(name, bytes, { level: codecs[name].levels.max })
    expect(tight.length).toBeLessThan(fast.length)
    expect(decompress(name, fast).equals(bytes)).toBe(true)
    expect(decompress(name, tight).equals(bytes)).toBe(true)
  })
})

describe('snappy framing', () => {
  it('is xerial: header, then blocks of 32 KiB behind big-endian lengths', () => {
    const packed = compress('snappy', Buffer.alloc(32_769, 1))
    expect(packed.subarray(0, 16).toString('hex')).toBe('82534e41505059000000000100000001')
    const firstBytes = packed.readInt32BE(16)
    const secondBytes = packed.readInt32BE(20 + firstBytes)
    expect(20 + firstBytes + 4 + secondBytes).toBe(packed.length)
  })

  it('reads a raw block, which some clients write', () => {
    const bytes = Buffer.alloc(1000, 'raw')
    expect(decompress('snappy', rawSnappy(bytes)).equals(bytes)).toBe(true)
  })

  it('refuses a claimed size that no block of these bytes could have, before allocating it', () => {
    expect(corrupt(() => decompress('snappy', Buffer.from('ffffff7f00', 'hex')))).toContain('claims 268435455 bytes')
  })
})

// printf 'millrace millrace millrace millrace\n' | lz4 with these options
const lz4Frames = [
  { options: 'independent blocks', hex: '04224d18604082130000009f6d696c6c726163652009000350726163650a00000000' },
  { options: 'content checksum', hex: '04224d186440a7130000009f6d696c6c726163652009000350726163650a00000000f881cc8d' },
  { options: 'linked blocks', hex: '04224d18604082130000009f6d696c6c726163652009000350726163650a00000000' },
  {
    options: 'block and content checksum',
    hex: '04224d187440bd130000009f6d696c6c726163652009000350726163650a8f1f3fc500000000f881cc8d',
  },
  {
    options: 'content size',
    hex: '04224d1868402400000000000000ec130000009f6d696c6c726163652009000350726163650a00000000',
  },
]
const lz4Text = 'millrace millrace millrace millrace\n'

describe('lz4 frame', () => {
  it.each(lz4Frames)('reads what the reference tool writes with $options', ({ hex }) => {
    expect(decompress('lz4', Buffer.from(hex, 'hex')).toString()).toBe(lz4Text)
  })

  it.each(lz4Frames)('notices damage to the header of a frame made with $options', ({ hex }) => {
    const damaged = Buffer.from(hex, 'hex')
    damaged[5]! ^= 0x10 // another block size
    expect(corrupt(() => decompress('lz4', damaged))).toContain('checksum')
  })

  it('notices damage to the content where the frame carries a checksum of it', () => {
    const checked = Buffer.from(lz4Frames.find(frame => frame.options.includes('content checksum'))!.hex, 'hex')
    checked[checked.length - 1]! ^= 1
    expect(corrupt(() => decompress('lz4', checked))).toContain('content whose checksum')
  })

  it('opens as Java opens it: version 1, independent blocks of 64 KiB, header checksum 0x82', () => {
    expect(compress('lz4', Buffer.from('x')).subarray(0, 7).toString('hex')).toBe('04224d18604082')
  })

  it('reads linked blocks, where a block refers back into the one before it', () => {
    const descriptor = Buffer.from([0x40, 0x40])
    const frame = Buffer.concat([
      Buffer.from([0x04, 0x22, 0x4d, 0x18, ...descriptor, (xxhash32(descriptor) >>> 8) & 0xff]),
      Buffer.from([10, 0, 0, 0x80, ...Buffer.from('0123456789')]), // raw
      // No literal, a match of 4 + 2 bytes 10 back; then the five literals that must end a block.
      Buffer.from([9, 0, 0, 0, 0x02, 10, 0, 0x50, ...Buffer.from('abcde')]),
      Buffer.alloc(4),
    ])
    expect(decompress('lz4', frame).toString()).toBe('0123456789012345abcde')
  })

  it('refuses bytes after the end mark', () => {
    const trailing = Buffer.concat([compress('lz4', Buffer.from('x')), Buffer.from('y')])
    expect(corrupt(() => decompress('lz4', trailing))).toContain('1 bytes after the end')
  })
})

describe('gzip', () => {
  it('is the plain format that any gzip writes', () => {
    expect(decompress('gzip', gzipSync('text')).toString()).toBe('text')
  })
})
