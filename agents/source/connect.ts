// The REST interface of Kafka Connect: two questions to whichever worker answers; each knows of all connectors.
import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { MillraceError } from '../../core/errors.ts'
import type { Parsed } from '../../core/units.ts'
import type { ConnectAnswer } from './connect-answers.ts'

export interface ConnectTarget {
  /** The `connect` label. */
  readonly name: string
  /** Workers of one Connect cluster, as `http://host:8083`. */
  readonly urls: readonly string[]
}

/** For basic authentication. The file is read each time, so that a password can be changed while the agent runs. */
export interface ConnectAccess {
  readonly user: string
  readonly passwordFile: string
}

/** `[name=]url[,url]`; the name is the first host and port when left out. Credentials in the address are refused: it is a label. */
export function parseConnectTarget(text: string): Parsed<ConnectTarget> {
  const [, named, list] = /^(?:([^=/]+)=)?(.*)$/.exec(text)!
  const urls = list!.split(',').map(each => URL.parse(each))
  const isUsable = urls.every(url => url !== null && /^https?:$/.test(url.protocol) && url.username === '')
  if (!isUsable) return { problem: `must be [name=]url[,url] with http or https addresses and no credentials in them` }
  return { value: { name: named ?? urls[0]!.host, urls: urls.map(url => url!.href) } }
}

/** Throws what the last worker said when none answers. */
export async function readConnect(
  { urls }: ConnectTarget,
  access: ConnectAccess | undefined,
  timeoutMs: number,
): Promise<ConnectAnswer> {
  // Loaded by those who watch Connect: a schema library is 6 MB that all others need not have.
  const { workerSchema, connectorsSchema } = await import('./connect-answers.ts')
  const headers = { accept: 'application/json', ...(access === undefined ? {} : await credentials(access)) }
  let failure: unknown
  for (const url of urls) {
    try {
      const get = <T>(path: string, schema: z.ZodType<T>) => getJson(url, path, { schema, headers, timeoutMs })
      const { version } = await get('/', workerSchema)
      return { version, connectors: await get('/connectors?expand=status&expand=info', connectorsSchema) }
    } catch (error) {
      failure = error
    }
  }
  throw failure
}

interface Question<T> {
  readonly schema: z.ZodType<T>
  readonly headers: Record<string, string>
  readonly timeoutMs: number
}

async function getJson<T>(base: string, path: string, { schema, headers, timeoutMs }: Question<T>): Promise<T> {
  const url = new URL(path, base)
  const response = await ask(url, headers, timeoutMs)
  if (response.status === 401 || response.status === 403)
    throw new MillraceError('AUTHENTICATION_FAILED', `${url} answered with status ${response.status}`)
  // 409 while the workers share out connectors anew; 404 from something that is not Connect.
  if (!response.ok) throw new MillraceError('REQUEST_REFUSED', `${url} answered with status ${response.status}`)
  const parsed = schema.safeParse(await bodyOf(response))
  if (parsed.success) return parsed.data
  const { prettifyError } = await import('zod')
  throw new MillraceError(
    'REQUEST_REFUSED',
    `${url} does not answer as Kafka Connect does: ${prettifyError(parsed.error)}`,
  )
}

async function ask(url: URL, headers: Record<string, string>, timeoutMs: number): Promise<Response> {
  try {
    return await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) })
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError'
    const code = isLate ? 'REQUEST_TIMEOUT' : 'BROKER_UNREACHABLE'
    throw new MillraceError(code, `${url.origin} ${isLate ? 'did not answer in time' : 'cannot be reached'}`, {
      cause: error,
    })
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch {
    return undefined
  }
}

async function credentials({ user, passwordFile }: ConnectAccess) {
  try {
    const password = (await readFile(passwordFile, 'utf8')).replace(/\r?\n$/, '')
    return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
  } catch (cause) {
    throw new MillraceError('AUTHENTICATION_FAILED', `${passwordFile} cannot be read`, { cause })
  }
}
