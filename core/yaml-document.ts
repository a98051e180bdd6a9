// A test in YAML: the text becomes a document (loadgen/scenario/document.ts), and every problem in it is told with its line and column.
import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, stringify } from 'yaml'
import { type ConfigProblem, configError } from './errors.ts'

export interface YamlDocument {
  readonly value: unknown
  /** Where a path of the document (`scenarios.a.stages[0].target`) is written: `test.yaml:12:5 scenarios.a.stages[0].target`. */
  placeOf(path: string): string
}

/** Throws CONFIG_INVALID with everything that is no YAML. */
export function readYaml(text: string, file: string): YamlDocument {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const wrong = [...document.errors, ...document.warnings]
  if (wrong.length > 0) throw configError(wrong.map(({ pos: [at], message }) => ({ path: placeAt(at), message })))
  let value: unknown
  try {
    // Aliases are followed, up to a limit of the library: a bomb of them is refused.
    value = document.toJS()
  } catch (error) {
    throw configError([{ path: file, message: (error as Error).message }])
  }

  function placeAt(offset: number): string {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  return {
    value,
    placeOf: path => {
      const offset = offsetOf(document.contents as Node | null, path)
      return `${placeAt(offset)} ${path}`
    },
  }
}

/** The same problems, each at the place where it is written. */
export function atTheirPlaces(
  problems: readonly ConfigProblem[],
  document: YamlDocument,
  prefix = '',
): ConfigProblem[] {
  return problems.map(({ path, message }) =>
    // A path of a flag or of a variable is where it says.
    /^--|^[A-Z0-9_]+$/.test(path) || !path.startsWith(prefix)
      ? { path, message }
      : { path: document.placeOf(path.slice(prefix.length)), message },
  )
}

/** Of what the path names; of what is missing, of what should hold it. */
function offsetOf(root: Node | null, path: string): number {
  let node = root
  let offset = root?.range?.[0] ?? 0
  for (let rest = path; rest !== '' && node !== null; ) {
    const step = stepInto(node, rest)
    if (step === undefined) break
    offset = step.offset
    node = step.node
    rest = step.rest
  }
  return offset
}

interface Step {
  readonly offset: number
  readonly node: Node | null
  readonly rest: string
}

/** A key may hold a dot of its own, so of the keys that fit the longest is meant. */
function stepInto(node: Node, rest: string): Step | undefined {
  if (isSeq(node)) {
    const [whole, index] = /^\[(\d+)\]\.?/.exec(rest) ?? []
    const item = index === undefined ? undefined : (node.items[Number(index)] as Node | undefined)
    if (whole === undefined || item === undefined) return undefined
    return { offset: item.range?.[0] ?? 0, node: item, rest: rest.slice(whole.length) }
  }
  if (!isMap(node)) return undefined
  const fitting = node.items.flatMap(pair => {
    const key = keyText(pair as Pair)
    return rest === key || rest.startsWith(`${key}.`) || rest.startsWith(`${key}[`) ? [{ pair: pair as Pair, key }] : []
  })
  const longest = fitting.reduce<(typeof fitting)[number] | undefined>(
    (best, each) => (best === undefined || each.key.length > best.key.length ? each : best),
    undefined,
  )
  if (longest === undefined) return undefined
  const { pair, key } = longest
  const after = rest.slice(key.length)
  const value = pair.value as Node | null
  const keyNode = pair.key as Node
  // The place of a setting is where its name stands, but for what lies deeper.
  return { offset: keyNode.range?.[0] ?? 0, node: value, rest: after.startsWith('.') ? after.slice(1) : after }
}

const keyText = ({ key }: Pair): string => (isScalar(key) ? String(key.value) : String(key))

/** Lines are as long as they are; text of several lines is a block. */
export const writeYaml = (value: unknown): string => stringify(value, { lineWidth: 0, blockQuote: 'literal' })
