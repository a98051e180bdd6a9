// The lines of a text report: a label, then what it says, one under the other.
export const labelWidth = 14
export const lineWidthMax = 118

export const line = (label: string, text: string): string => `  ${label.padEnd(labelWidth)} ${text}`.trimEnd()

export function wrapped(words: readonly string[], width: number): string[] {
  const lines: string[] = []
  let current = ''
  for (const word of words) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current)
      current = ''
    }
    current += current === '' ? word : ` ${word}`
  }
  return current === '' ? lines : [...lines, current]
}

export const labelled = (label: string, text: string): string[] =>
  wrapped(text.split(' '), lineWidthMax - labelWidth - 3).map((part, index) => line(index === 0 ? label : '', part))

export const continued = (words: readonly string[]): string[] =>
  wrapped(words, lineWidthMax - labelWidth - 3).map(text => line('', text))
