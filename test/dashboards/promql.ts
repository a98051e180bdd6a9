// Reads PromQL with the grammar that Prometheus' own web page uses, and tells what a query names.
import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'

export interface Named {
  readonly metric: string
  /** Labels that are matched on it. */
  readonly labels: readonly string[]
}

/** A query that is `a or b or (c or d)`: `a`, `b` and what is in the parentheses. */
export function alternativesOf(query: string): string[] {
  const split = (node: SyntaxNode): SyntaxNode[] => {
    const isOr = node.name === 'BinaryExpr' && node.getChild('Or') !== null
    if (!isOr) return [node]
    return [node.firstChild!, node.lastChild!].flatMap(split)
  }
  return split(parser.parse(query).topNode.firstChild!).map(node => query.slice(node.from, node.to))
}

export interface QueryNames {
  readonly errors: readonly string[]
  readonly series: readonly Named[]
  /** Labels that are grouped or joined by. */
  readonly grouping: readonly string[]
  /** Labels that the query itself makes: count_values, label_replace. */
  readonly made: readonly string[]
}

export function namesIn(query: string): QueryNames {
  const text = (node: SyntaxNode) => query.slice(node.from, node.to)
  const errors: string[] = []
  const series: Named[] = []
  const grouping: string[] = []
  const made: string[] = []
  parser.parse(query).iterate({
    enter(ref) {
      const { node } = ref
      if (node.type.isError) errors.push(`at ${node.from}: ${query.slice(node.from, node.from + 30)}`)
      if (node.name === 'VectorSelector') {
        const labels: string[] = []
        node.cursor().iterate(inner => {
          if (inner.name === 'LabelName') labels.push(text(inner.node))
        })
        const name = node.getChild('Identifier')
        series.push({ metric: name === null ? '' : text(name), labels })
      }
      if (node.name === 'GroupingLabels') for (const label of node.getChildren('LabelName')) grouping.push(text(label))
      if (node.name === 'AggregateExpr' && text(node).startsWith('count_values')) {
        const [, label] = /^count_values\s*\(\s*"(\w+)"/.exec(text(node)) ?? []
        if (label !== undefined) made.push(label)
      }
    },
  })
  return { errors, series, grouping, made }
}
