// Lines on a terminal that are drawn again in their place.
import type { OutputStream } from './output.ts'

type Env = Readonly<Record<string, string | undefined>>

const columnsDefault = 80
const hideCursor = '\x1b[?25l'
const showCursor = '\x1b[?25h'
const clearBelow = '\x1b[J'
const up = (lineCount: number): string => (lineCount === 0 ? '' : `\x1b[${lineCount}F`)

export const isPanelStream = ({ stream, env }: { readonly stream: OutputStream; readonly env: Env }): boolean =>
  stream.isTTY === true && env.TERM !== 'dumb'

/** A line that wraps would break the redraw, so the last column stays empty and the rest is cut. */
export const cut = (text: string, columns: number): string =>
  text.length < columns ? text : `${text.slice(0, Math.max(columns - 2, 0))}…`

export class RedrawnLines {
  readonly #stream: OutputStream
  readonly #isPlain: boolean
  #drawn = 0

  constructor(stream: OutputStream, env: Env) {
    this.#stream = stream
    // https://no-color.org: set and not empty. Cursor movement is not colour.
    this.#isPlain = env.NO_COLOR !== undefined && env.NO_COLOR !== ''
  }

  get columns(): number {
    return this.#stream.columns ?? columnsDefault
  }

  bold(text: string): string {
    return this.#isPlain ? text : `\x1b[1m${text}\x1b[22m`
  }

  /** Lines that fit the width. */
  draw(lines: readonly string[]): void {
    this.#stream.write(`${hideCursor}${up(this.#drawn)}${clearBelow}${lines.join('\n')}\n`)
    this.#drawn = lines.length
  }

  erase(): void {
    this.#stream.write(`${up(this.#drawn)}${this.#drawn === 0 ? '' : clearBelow}`)
    this.#drawn = 0
  }

  /** Leaves the terminal as it was found. */
  end(): void {
    this.erase()
    this.#stream.write(showCursor)
  }
}
