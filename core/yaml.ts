// YAML as text with places: every scalar as it was written, every key with its line, so that a setting is read by the same
// parsers as a flag and a problem is told at its line. Aliases are resolved; a key that stands twice is a problem.
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'

export type YamlNode =
  | { readonly kind: 'scalar'; readonly text: string; readonly line: number }
  | { readonly kind: 'list'; readonly items: readonly YamlNode[]; readonly line: number }
  | { readonly kind: 'map'; readonly entries: readonly YamlEntry[]; readonly line: number }
  /** `key:` with nothing after it, `~` or `null`. */
  | { readonly kind: 'empty'; readonly line: number }

export interface YamlEntry {
  readonly key: string
  readonly line: number
  readonly value: YamlNode
}

export interface YamlProblem {
  readonly line: number
  readonly message: string
}

/** With problems the tree is not to be used. */
export function parseYaml(text: string): { root: YamlNode; problems: readonly YamlProblem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const lineOf = (node: { range?: readonly number[] | null | undefined } | null | undefined) =>
    lines.linePos(node?.range?.[0] ?? 0).line
  const problems = document.errors.map(({ pos, message }) => ({ line: lines.linePos(pos[0]).line, message }))

  function nodeOf(node: unknown, line: number): YamlNode {
    if (isAlias(node)) return nodeOf(node.resolve(document), lineOf(node))
    if (isMap(node)) {
      const entries = node.items.map(({ key, value }): YamlEntry => {
        const keyLine = lineOf(key as Node)
        return { key: isScalar(key) ? String(key.value) : String(key), line: keyLine, value: nodeOf(value, keyLine) }
      })
      return { kind: 'map', entries, line: lineOf(node) }
    }
    if (isSeq(node)) {
      const at = lineOf(node)
      return { kind: 'list', items: node.items.map(item => nodeOf(item, at)), line: at }
    }
    if (!isScalar(node) || node.value === null) return { kind: 'empty', line }
    const written = typeof node.value === 'string' ? node.value : (node.source ?? String(node.value))
    return { kind: 'scalar', text: written, line: lineOf(node) }
  }

  return { root: problems.length > 0 ? { kind: 'empty', line: 1 } : nodeOf(document.contents, 1), problems }
}
