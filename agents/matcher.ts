// Which names are looked at: patterns that allow and patterns that deny. `orders-*`: the star stands for any text;
// `/^orders-\d+$/`: a regular expression. Plain data, so that it can be posted to a thread.

export interface NameFilter {
  /** None: all. */
  readonly allow: readonly string[]
  /** Wins over `allow`. */
  readonly deny: readonly string[]
}

export type Matcher = (name: string) => boolean

export const everything: NameFilter = { allow: [], deny: [] }

export function matcherOf({ allow, deny }: NameFilter): Matcher {
  const allowed = allow.map(expressionOf)
  const denied = deny.map(expressionOf)
  return name =>
    (allowed.length === 0 || allowed.some(pattern => pattern.test(name))) && !denied.some(pattern => pattern.test(name))
}

/** Throws a SyntaxError when what stands between slashes is no regular expression. */
export function expressionOf(pattern: string): RegExp {
  const between = /^\/(.*)\/$/s.exec(pattern)?.[1]
  if (between !== undefined) return new RegExp(between, 'su')
  const parts = pattern.split('*').map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's')
}
