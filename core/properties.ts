// Reads the files that java.util.Properties reads, with the line of every entry, so that an error can point at it.
// https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)

export interface PropertyEntry {
  readonly key: string
  readonly value: string
  /** Where the entry starts; it may go on over further lines. */
  readonly line: number
}

export interface PropertiesFile {
  /** In file order; of several with one key the last counts, as in Java. */
  readonly entries: readonly PropertyEntry[]
  readonly problems: readonly { readonly line: number; readonly message: string }[]
}

export function parseProperties(text: string): PropertiesFile {
  const entries: PropertyEntry[] = []
  const problems: { line: number; message: string }[] = []
  for (const { line, content } of logicalLines(text)) {
    const malformed = /(?<!\\)(?:\\\\)*\\u(?![0-9a-fA-F]{4})/.test(content)
    if (malformed) problems.push({ line, message: '\\u must be followed by four hexadecimal digits' })
    else entries.push({ line, ...splitEntry(content) })
  }
  return { entries, problems }
}

interface LogicalLine {
  readonly line: number
  readonly content: string
}

/** Comments and blank lines left out; lines that end in a backslash joined with the next, less its indentation. */
function* logicalLines(text: string): Generator<LogicalLine> {
  const lines = text.split(/\r\n|\r|\n/)
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1
    let content = withoutIndent(lines[index]!)
    if (content === '' || content === '\\' || content.startsWith('#') || content.startsWith('!')) continue
    while (goesOn(content)) {
      index++
      content = content.slice(0, -1) + withoutIndent(lines[index] ?? '')
      if (index >= lines.length) break
    }
    if (content !== '') yield { line, content }
  }
}

const withoutIndent = (line: string) => line.replace(/^[ \t\f]+/, '')

/** An odd number of backslashes: in an even one, each pair is a backslash that is meant. */
const goesOn = (content: string) => /(?:^|[^\\])(?:\\\\)*\\$/.test(content)

/** The key ends at the first `=`, `:` or blank that is not escaped; blanks and one `=` or `:` are left out. */
function splitEntry(content: string): { key: string; value: string } {
  const key = /^(?:[^\\=: \t\f]|\\.)*/s.exec(content)![0]
  const separator = /^[ \t\f]*[=:]?[ \t\f]*/.exec(content.slice(key.length))![0]
  return { key: unescaped(key), value: unescaped(content.slice(key.length + separator.length)) }
}

const controlCharacters: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_match, code: string | undefined, character: string) =>
    code === undefined ? (controlCharacters[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
  )
}
