// Pieces of Markdown that the parts of the page share.
import { fixedText } from '../loadgen/report/format.ts'

export const megabytes = (bytes: number): string => `${fixedText(bytes / 1e6, 0)} MB`

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')
}
