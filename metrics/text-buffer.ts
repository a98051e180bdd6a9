// Lines of the page as bytes in one buffer that is used again and again: a look at a large cluster writes tens of megabytes, and as
// strings each line would be half a dozen objects for the garbage collector. Budget: 0.1 us a line of a row.
//
// Who writes asks for `room` first, and lets the owner take what is there (`take`) when there is none.

const digit0 = 48
const minus = 45

export class TextBuffer {
  #buffer: Buffer
  #used = 0

  constructor(bytes: number) {
    this.#buffer = Buffer.allocUnsafeSlow(bytes)
  }

  get used(): number {
    return this.#used
  }

  /** Whether so many bytes fit. A buffer that holds nothing grows, so that they always do once it was taken. */
  hasRoom(bytes: number): boolean {
    if (this.#used === 0 && bytes > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(bytes)
    return bytes <= this.#buffer.length - this.#used
  }

  /** What was written since the last time: a view, until the next write. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#used)
    this.#used = 0
    return taken
  }

  text(text: string): void {
    this.#used += this.#buffer.write(text, this.#used)
  }

  /** Of what was written here before. */
  again(from: number, to: number): void {
    this.#buffer.copyWithin(this.#used, from, to)
    this.#used += to - from
  }

  /** ASCII, and short: faster than `text`. */
  ascii(text: string): void {
    for (let at = 0; at < text.length; at++) this.#buffer[this.#used++] = text.charCodeAt(at)
  }

  /** As `String` writes it. */
  number(value: number): void {
    if (!Number.isSafeInteger(value)) return this.ascii(numberText(value))
    if (value < 0) this.#buffer[this.#used++] = minus
    this.#digits(Math.abs(value))
  }

  #digits(value: number): void {
    let end = this.#used + 1
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) end++
    this.#used = end
    do {
      const tenth = Math.floor(value / 10)
      this.#buffer[--end] = digit0 + (value - tenth * 10)
      value = tenth
    } while (value > 0)
  }
}

export const numberText = (value: number): string =>
  Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : value < 0 ? '-Inf' : 'NaN'
