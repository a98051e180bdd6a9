// One bounded HTTP POST of a form, for token endpoints.
import http from 'node:http'
import https from 'node:https'
import { MillraceError } from '../../core/errors.ts'

const timeoutMs = 10_000
const bodyBytesMax = 256 * 1024

export interface FormPost {
  readonly url: string
  readonly fields: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly caPem?: string | undefined
  readonly signal: AbortSignal
}

export interface FormAnswer {
  readonly status: number
  readonly body: string
}

export async function postForm({ url, fields, headers, caPem, signal }: FormPost): Promise<FormAnswer> {
  const content = new URLSearchParams(fields).toString()
  const options = {
    method: 'POST',
    headers: { ...headers, accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    ...(caPem === undefined ? {} : { ca: caPem }),
  }
  try {
    return await new Promise<FormAnswer>((resolve, reject) => {
      const module = url.startsWith('https:') ? https : http
      const request = module.request(url, options, response => readAnswer(response).then(resolve, reject))
      request.on('error', reject)
      request.end(content)
    })
  } catch (cause) {
    const { origin, pathname } = new URL(url)
    const reason = signal.aborted ? 'given up' : ((cause as NodeJS.ErrnoException).code ?? (cause as Error).message)
    throw new MillraceError('AUTHENTICATION_FAILED', `the token endpoint ${origin}${pathname} failed: ${reason}`, {
      cause,
      hint: 'Check the address of the token endpoint and that it can be reached from here.',
      retriable: true,
    })
  }
}

async function readAnswer(response: http.IncomingMessage): Promise<FormAnswer> {
  const parts: Buffer[] = []
  let byteLength = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    byteLength += part.length
    if (byteLength > bodyBytesMax) throw new RangeError(`an answer of more than ${bodyBytesMax} bytes`)
    parts.push(part)
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() }
}
