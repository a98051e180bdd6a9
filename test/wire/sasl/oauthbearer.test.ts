// Shows the messages of OAUTHBEARER (RFC 7628 section 3.1, extensions KIP-342) and what a refusal becomes.
import { describe, expect, it } from 'vitest'
import { oauthbearer } from '../../../wire/sasl/oauthbearer.ts'

/** Converses with a broker that gives this answer to everything; `refuse` makes it end the second message in an error. */
async function converse(token: string, extensions: Record<string, string>, answer: string, refuse = false) {
  const said: string[] = []
  const outcome = oauthbearer({ extensions, token: async () => token }).converse(async message => {
    said.push(message.toString())
    if (refuse && said.length === 2) throw new Error('Authentication failed')
    return Buffer.from(answer)
  })
  const error = await outcome.then(
    () => undefined,
    reason => reason,
  )
  return { said, error }
}

describe('OAUTHBEARER', () => {
  it('sends the token, and is done with an empty answer', async () => {
    const { said, error } = await converse('vF9dft4qmT==', {}, '')
    expect(said).toEqual(['n,,\x01auth=Bearer vF9dft4qmT==\x01\x01'])
    expect(error).toBeUndefined()
  })

  it('sends extensions behind it', async () => {
    const { said } = await converse('abc', { traceId: '7', tenant: 'blue' }, '')
    expect(said).toEqual(['n,,\x01auth=Bearer abc\x01traceId=7\x01tenant=blue\x01\x01'])
  })

  it.each([
    { answer: '{"status":"invalid_token"}', says: 'refused the token: invalid_token' },
    { answer: '{"status":"insufficient_scope","scope":"kafka"}', says: 'insufficient_scope, scope kafka is wanted' },
    { answer: '{}', says: 'no status' },
    { answer: '<html>', says: 'a reason that cannot be read' },
  ])('says why a broker refuses: $answer', async ({ answer, says }) => {
    const { said, error } = await converse('secret-token', {}, answer, true)
    expect(said[1]).toBe('\x01')
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', message: expect.stringContaining(says) })
    expect(error.message).not.toContain('secret-token')
  })

  it.each(['', 'with space', 'a\x01auth=Bearer other', 'line\nbreak'])('does not send %j as a token', async token => {
    const { said, error } = await converse(token, {}, '')
    expect(said).toEqual([])
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED' })
  })
})
