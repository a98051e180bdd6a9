// Shows that a text is drawn over the one before, and that what does not fit is cut from its end and said.
import { expect, it } from 'vitest'
import { screenText } from '../../cli/screen.ts'

const drawn = (text: string) => text.replace('\x1b[H', '').replace('\x1b[J', '').split('\x1b[K\n').slice(0, -1)

it('draws from the top left corner, each line to its end, and clears what is below', () => {
  expect(screenText('one\ntwo\n', { rows: 24, columns: 80 })).toBe('\x1b[Hone\x1b[K\ntwo\x1b[K\n\x1b[J')
})

it('keeps what stands first, and says how much is left out', () => {
  const lines = Array.from({ length: 10 }, (_, index) => `line ${index}`)
  expect(drawn(screenText(lines.join('\n'), { rows: 11 }))).toEqual(lines)
  expect(drawn(screenText(lines.join('\n'), { rows: 5 }))).toEqual([...lines.slice(0, 3), '… 7 more lines'])
  expect(drawn(screenText('a line that is long', { columns: 8 }))).toEqual(['a line…'])
})
