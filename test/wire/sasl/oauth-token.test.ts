// Shows where tokens come from: text, a file that is read anew each time, a token endpoint asked as RFC 6749 section 4.4
// says, and unsigned ones made here. Secrets must not turn up in any error.
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { MillraceError } from '../../../core/errors.ts'
import { fetchToken, unsecuredToken } from '../../../wire/sasl/oauth-token.ts'
import type { OauthTokenSource } from '../../../wire/settings.ts'

const deps = { signal: new AbortController().signal, nowSec: () => 1_700_000_000 }

it('a token that is given is used as it is', async () => {
  expect(await fetchToken({ kind: 'static', token: 'abc' }, deps)).toBe('abc')
})

it('a token file is read anew each time, without the line break at its end', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-token-'))
  const path = join(dir, 'token')
  writeFileSync(path, 'first\n')
  expect(await fetchToken({ kind: 'file', path }, deps)).toBe('first')
  writeFileSync(path, 'second\n')
  expect(await fetchToken({ kind: 'file', path }, deps)).toBe('second')
  rmSync(dir, { recursive: true })
  await expect(fetchToken({ kind: 'file', path }, deps)).rejects.toMatchObject({
    code: 'AUTHENTICATION_FAILED',
    message: `the token file ${path} cannot be read`,
  })
})

it('a token file that cannot be read to its end does not hold anybody up', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-token-'))
  const path = join(dir, 'pipe')
  execFileSync('mkfifo', [path])
  const giveUp = new AbortController()
  const outcome = fetchToken({ kind: 'file', path }, { ...deps, signal: giveUp.signal })
  giveUp.abort(new Error('too slow'))
  await expect(outcome).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED', cause: { message: 'too slow' } })
  // A writer that comes and goes lets the pending read end, which would keep the process otherwise.
  closeSync(openSync(path, 'r+'))
  rmSync(dir, { recursive: true })
})

it('an unsecured token is a JWT without a signature', () => {
  const [header, claims, signature] = unsecuredToken('alice', 60, 1_700_000_000).split('.')
  const decoded = (part: string | undefined) => JSON.parse(Buffer.from(part ?? '', 'base64url').toString())
  expect(decoded(header)).toEqual({ alg: 'none' })
  expect(decoded(claims)).toEqual({ sub: 'alice', iat: 1_700_000_000, exp: 1_700_000_060 })
  expect(signature).toBe('')
})

describe('a token endpoint', () => {
  interface Seen {
    readonly method: string | undefined
    readonly headers: http.IncomingHttpHeaders
    readonly body: string
  }

  /** An authorization server that gives this answer; resolves to the outcome and what it was asked. */
  async function ask(
    status: number,
    answer: string,
    source: Partial<Extract<OauthTokenSource, { kind: 'endpoint' }>> = {},
  ) {
    let seen: Seen | undefined
    const server = http.createServer(async (request, response) => {
      let body = ''
      for await (const part of request) body += part
      seen = { method: request.method, headers: request.headers, body }
      response.writeHead(status, { 'content-type': 'application/json' }).end(answer)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?key=hidden`
    const endpoint = { kind: 'endpoint', url, clientId: 'bench', clientSecret: 'p:w d', ...source } as const
    const outcome = await fetchToken(endpoint, deps).catch(error => error as MillraceError)
    server.close()
    return { outcome, seen }
  }

  it('is asked for client credentials', async () => {
    const { outcome, seen } = await ask(200, '{"access_token":"abc","expires_in":60}', { scope: 'kafka read' })
    expect(outcome).toBe('abc')
    expect(seen?.method).toBe('POST')
    expect(seen?.body).toBe('grant_type=client_credentials&scope=kafka+read')
    expect(Buffer.from(seen!.headers.authorization!.slice('Basic '.length), 'base64').toString()).toBe(
      'bench:p%3Aw%20d',
    )
  })

  it.each([
    {
      status: 401,
      answer: '{"error":"invalid_client","error_description":"unknown"}',
      says: 'HTTP 401, invalid_client: unknown',
    },
    { status: 200, answer: '{"token":"abc"}', says: 'gave no token: HTTP 200' },
    { status: 502, answer: '<html>p:w d</html>', says: 'gave no token: HTTP 502' },
    { status: 200, answer: 'x'.repeat(300_000), says: 'an answer of more than' },
  ])('that gives none: $says', async ({ status, answer, says }) => {
    const { outcome } = await ask(status, answer)
    expect(outcome).toMatchObject({ code: 'AUTHENTICATION_FAILED', message: expect.stringContaining(says) })
    expect((outcome as MillraceError).message).not.toMatch(/p:w|hidden|bench/)
  })

  it('that is not there', async () => {
    const { outcome } = await ask(200, '', { url: 'http://127.0.0.1:1/token?key=hidden' })
    expect(outcome).toMatchObject({ code: 'AUTHENTICATION_FAILED', retriable: true })
    expect((outcome as MillraceError).message).toBe('the token endpoint http://127.0.0.1:1/token failed: ECONNREFUSED')
  })

  it('that is given up', async () => {
    const server = http.createServer(() => giveUp.abort())
    const giveUp = new AbortController()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const source = { kind: 'endpoint', url, clientId: 'a', clientSecret: 'b' } as const
    const outcome = fetchToken(source, { ...deps, signal: giveUp.signal })
    await expect(outcome).rejects.toMatchObject({ message: expect.stringContaining('given up') })
    server.close()
    server.closeAllConnections()
  })
})
