// Shows that the client says what RFC 7677 says it should, that a server built from the other half of RFC 5802 accepts it,
// and that a server which cheats is found out. SHA-512 has no published example; the server half stands in for it.
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type ScramMechanismName, scram } from '../../../wire/sasl/scram.ts'

const user = { username: 'user', password: 'pencil' }

/** Plays the given answers and keeps what was said. */
function conversation(...answers: string[]) {
  const said: string[] = []
  const exchange = async (message: Buffer) => {
    said.push(message.toString())
    return Buffer.from(answers[said.length - 1] ?? '')
  }
  return { said, exchange }
}

describe('the example of RFC 7677 section 3', () => {
  const nonce = 'rOprNGfwEbeRWgbNEkqO'
  const serverNonce = `${nonce}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0`
  const challenge = `r=${serverNonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`

  it('is reproduced to the letter', async () => {
    const { said, exchange } = conversation(challenge, 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')
    await scram('SCRAM-SHA-256', user, nonce).converse(exchange)
    expect(said).toEqual([
      `n,,n=user,r=${nonce}`,
      `c=biws,r=${serverNonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
    ])
  })

  const cheats = [
    { why: 'another signature', final: 'v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=', says: 'could not prove' },
    { why: 'a short signature', final: 'v=6rri', says: 'could not prove' },
    { why: 'no signature', final: '', says: 'could not prove' },
    { why: 'an error', final: 'e=other-error', says: 'the broker says other-error' },
  ]
  it.each(cheats)('refuses a server that ends with $why', async ({ final, says }) => {
    const { exchange } = conversation(challenge, final)
    const outcome = scram('SCRAM-SHA-256', user, nonce).converse(exchange)
    await expect(outcome).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: expect.stringContaining(says),
    })
  })

  const challenges = [
    { why: 'another nonce', first: `r=x${serverNonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`, says: "this client's nonce" },
    { why: 'a nonce without its own part', first: `r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`, says: 'nonce' },
    { why: 'few iterations', first: `r=${serverNonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095`, says: '4095 iterations' },
    { why: 'endless iterations', first: `r=${serverNonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999`, says: 'at most' },
    { why: 'a mandatory extension', first: `m=x,${challenge}`, says: 'RFC 5802' },
    { why: 'nothing', first: '', says: 'RFC 5802' },
  ]
  it.each(challenges)('refuses a server that asks with $why', async ({ first, says }) => {
    const { said, exchange } = conversation(first)
    const outcome = scram('SCRAM-SHA-256', user, nonce).converse(exchange)
    await expect(outcome).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: expect.stringContaining(says),
    })
    expect(said.length).toBe(1)
  })
})

/** What a server does with what it stored: StoredKey and ServerKey, never the password (RFC 5802 section 3). */
function server(name: ScramMechanismName, password: string) {
  const hash = name === 'SCRAM-SHA-256' ? 'sha256' : 'sha512'
  const salt = Buffer.from('some salt')
  const salted = pbkdf2Sync(password, salt, 4_096, hash === 'sha256' ? 32 : 64, hash)
  const hmac = (key: Buffer, text: string) => createHmac(hash, key).update(text).digest()
  const storedKey = createHash(hash).update(hmac(salted, 'Client Key')).digest()
  let authMessage = ''
  let isAccepted = false
  const exchange = async (message: Buffer) => {
    const text = message.toString()
    if (authMessage === '') {
      const bare = text.slice('n,,'.length)
      const first = `r=${/r=(.*)$/.exec(bare)![1]}server,s=${salt.toString('base64')},i=4096`
      authMessage = `${bare},${first}`
      return Buffer.from(first)
    }
    const [withoutProof, proof] = text.split(',p=')
    authMessage += `,${withoutProof}`
    const signature = hmac(storedKey, authMessage)
    const clientKey = Buffer.from(proof!, 'base64').map((byte, at) => byte ^ signature[at]!)
    isAccepted = createHash(hash).update(clientKey).digest().equals(storedKey)
    return Buffer.from(`v=${hmac(hmac(salted, 'Server Key'), authMessage).toString('base64')}`)
  }
  return { exchange, isAccepted: () => isAccepted }
}

describe.each(['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('%s', name => {
  it('is accepted by a server that knows the password, and accepts it', async () => {
    const { exchange, isAccepted } = server(name, 'pencil')
    await scram(name, user).converse(exchange)
    expect(isAccepted()).toBe(true)
  })

  it('is refused by, and refuses, a server that knows another', async () => {
    const { exchange, isAccepted } = server(name, 'crayon')
    await expect(scram(name, user).converse(exchange)).rejects.toThrow('could not prove')
    expect(isAccepted()).toBe(false)
  })

  it('takes names with the two characters that the syntax needs, and passwords in any script', async () => {
    const { exchange, isAccepted } = server(name, 'Blei=stift,✏️')
    const said: string[] = []
    await scram(name, { username: 'a,b=c', password: 'Blei=stift,✏️' }).converse(message => {
      said.push(message.toString())
      return exchange(message)
    })
    expect(said[0]).toMatch(/^n,,n=a=2Cb=3Dc,r=/)
    expect(isAccepted()).toBe(true)
  })

  it('never uses a nonce twice', async () => {
    const firsts = await Promise.all(
      [1, 2].map(async () => {
        const { said, exchange } = conversation('')
        await scram(name, user)
          .converse(exchange)
          .catch(() => undefined)
        return said[0]
      }),
    )
    expect(firsts[0]).not.toBe(firsts[1])
  })
})
