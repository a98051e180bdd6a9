// A whole terminal that is drawn again and again.
import { plural } from '../loadgen/report/format.ts'
import { cut } from './redrawn-lines.ts'

const size = { rows: 24, columns: 80 }
const topLeft = '\x1b[H'
const clearRight = '\x1b[K'
const clearBelow = '\x1b[J'

export const clearScreen = `\x1b[2J${topLeft}`

/**
 * From the top left corner over what is there, which does not flicker as a cleared screen does. What does not fit is cut, and the last
 * line says how much it is: a terminal that scrolls loses what stands first, which matters most.
 */
export function screenText(
  text: string,
  { rows = size.rows, columns = size.columns }: { readonly rows?: number; readonly columns?: number },
): string {
  const lines = text.trimEnd().split('\n')
  // The cursor has the last one.
  const room = Math.max(2, rows - 1)
  const left = lines.length - room + 1
  const shown = lines.length <= room ? lines : [...lines.slice(0, room - 1), `… ${plural(left, 'more line')}`]
  return `${topLeft}${shown.map(line => `${cut(line, columns)}${clearRight}\n`).join('')}${clearBelow}`
}
