// HTML as text that cannot be broken by what stands in it: the template escapes every value that is not HTML itself.

export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Value = string | number | Html | undefined | false | readonly Value[]

const signs: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export const escapedHtml = (text: string): string => text.replaceAll(/[&<>"']/g, sign => signs[sign]!)

/** html`<td>${name}</td>`; lists are joined, `undefined` and `false` are nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(strings.reduce((text, piece, index) => text + textOf(values[index - 1]) + piece))
}

function textOf(value: Value): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(textOf).join('')
  return escapedHtml(String(value))
}
