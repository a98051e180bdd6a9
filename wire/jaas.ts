// Reads `sasl.jaas.config`, the Java client's way to write credentials:
//   org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="...";
// Nothing of the text is repeated in a message: any part of it may be the password, misplaced.
import type { Parsed } from '../core/units.ts'

export const loginModules = ['PlainLoginModule', 'ScramLoginModule', 'OAuthBearerLoginModule'] as const

export type LoginModule = (typeof loginModules)[number]

export interface JaasLogin {
  readonly module: LoginModule
  readonly options: ReadonlyMap<string, string>
}

type Token = { readonly kind: 'word' | 'quoted' | 'sign'; readonly text: string }

const form = 'the form is <login module> required name="value" ...;'
const controlFlags = ['required', 'requisite', 'sufficient', 'optional']

// The rules of Java's StreamTokenizer as Kafka sets it up: blanks, both kinds of comment, two kinds of quote, words, signs.
const lexeme = /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|([A-Za-z0-9_$.-]+)|([=;])/y

export function parseJaas(text: string): Parsed<JaasLogin> {
  const tokens = tokenize(text)
  if (tokens === undefined)
    return { problem: `has a character where none may be, or a quote that is not closed; ${form}` }
  const [moduleToken, flag, ...rest] = tokens
  const module = loginModules.find(name => moduleToken?.kind === 'word' && moduleToken.text.split('.').at(-1) === name)
  if (module === undefined) return { problem: `must begin with a login module: ${loginModules.join(', ')}` }
  if (flag === undefined || !controlFlags.includes(flag.text.toLowerCase())) {
    return { problem: `needs the word "required" after the login module; ${form}` }
  }
  return parseOptions(module, rest)
}

function parseOptions(module: LoginModule, tokens: readonly Token[]): Parsed<JaasLogin> {
  const options = new Map<string, string>()
  let index = 0
  while (tokens[index]?.kind === 'word') {
    const [name, equals, value] = tokens.slice(index, index + 3)
    const complete = equals?.text === '=' && equals.kind === 'sign' && value !== undefined && value.kind !== 'sign'
    if (!complete) return { problem: `has an option without a value (option ${options.size + 1}); ${form}` }
    options.set(name!.text, value.text)
    index += 3
  }
  const end = tokens[index]
  if (end === undefined) return { problem: `must end with a semicolon; ${form}` }
  if (end.text !== ';') return { problem: `is not understood after option ${options.size}; ${form}` }
  if (index + 1 < tokens.length) return { problem: 'must name one login module, and nothing may follow its semicolon' }
  return { value: { module, options } }
}

function tokenize(text: string): Token[] | undefined {
  const tokens: Token[] = []
  let position = 0
  while (position < text.length) {
    lexeme.lastIndex = position
    const match = lexeme.exec(text)
    if (match === null) return undefined
    position = lexeme.lastIndex
    const [, double, single, word, sign] = match
    const quoted = double ?? single
    if (quoted !== undefined) tokens.push({ kind: 'quoted', text: withoutEscapes(quoted) })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word })
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign })
  }
  return tokens
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', a: '\x07', v: '\v' }

function withoutEscapes(text: string): string {
  return text.replace(
    /\\(?:([0-3][0-7]{2}|[0-7]{1,2})|(.))/gs,
    (_match, octal: string | undefined, character: string) =>
      octal === undefined ? (escapes[character] ?? character) : String.fromCharCode(Number.parseInt(octal, 8)),
  )
}
