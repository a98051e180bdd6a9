// The CRC-32 of two texts one after the other, from the CRC-32 of each and the length of the second: what makes one gzip stream out of
// pieces that were compressed apart. As crc32_combine of zlib 1.2.12: multiplication of polynomials over GF(2), bits reversed.

const polynomial = 0xedb88320
const one = 0x8000_0000

function multiply(a: number, b: number): number {
  let product = 0
  for (let bit = one; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= b
    b = b & 1 ? (b >>> 1) ^ polynomial : b >>> 1
  }
  return product >>> 0
}

/** x to the power of 2^i. */
const powers = [0x4000_0000]
for (let i = 1; i < 64; i++) powers.push(multiply(powers[i - 1]!, powers[i - 1]!))

/** x to the power of eight times the number of bytes. */
function shiftBy(bytes: number): number {
  let product = one
  for (let exponent = 3; bytes > 0; bytes = Math.floor(bytes / 2), exponent++) {
    if (bytes % 2 === 1) product = multiply(powers[exponent]!, product)
  }
  return product
}

export const crc32Combine = (first: number, second: number, secondBytes: number): number =>
  (multiply(shiftBy(secondBytes), first) ^ second) >>> 0
