// Values for fields that nobody has described: something of the right type, different from record to record.
import type { Random } from '../../../core/random.ts'

const textBytes = 12
const itemsMax = 3
const letters = 'abcdefghijklmnopqrstuvwxyz'

export function text(random: Random, length = textBytes): string {
  let made = ''
  for (let index = 0; index < length; index++) made += letters[random.below(letters.length)]!
  return made
}

export const bytes = (random: Random, length = textBytes): Buffer =>
  Buffer.from(Array.from({ length }, () => random.next() >>> 24))

export const int32 = (random: Random): number => random.next() | 0
/** Of 52 bits, so that it is exact. */
export const int64 = (random: Random): number => (random.next() >>> 12) * 0x1_0000_0000 + random.next()
export const uint32 = (random: Random): number => random.next()
export const itemCount = (random: Random): number => 1 + random.below(itemsMax)

export function uuid(random: Random): string {
  const hex = Array.from({ length: 4 }, () => random.next().toString(16).padStart(8, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}
