// SCRAM-SHA-256 and SCRAM-SHA-512 (RFC 5802, RFC 7677): the password never travels, and the broker proves that it knows it
// too. Kafka's side does not prepare names and passwords (SASLprep), so neither does this one; only the two characters
// that the syntax needs are escaped in names.
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { MillraceError } from '../../core/errors.ts'
import type { SaslMechanism } from './mechanism.ts'
import { type ScramMechanismName, scramHmac, scramIterationsMin, scramKeys, xor } from './scram-keys.ts'

export type { ScramMechanismName }

/** Hashing so often takes seconds: a broker that asks for more is taken for one that wants to hold us up. */
const iterationsMax = 1_000_000

/** No channel binding: "n,," in front, and its base64 form in the final message. */
const gs2Header = 'n,,'
const channelBinding = Buffer.from(gs2Header).toString('base64')

export interface ScramCredentials {
  readonly username: string
  readonly password: string
}

export function scram(
  name: ScramMechanismName,
  { username, password }: ScramCredentials,
  nonce: string = randomBytes(24).toString('base64'),
): SaslMechanism {
  return {
    name,
    async converse(exchange) {
      const clientFirst = `n=${escapedName(username)},r=${nonce}`
      const serverFirst = (await exchange(Buffer.from(gs2Header + clientFirst))).toString()
      const challenge = readServerFirst(serverFirst, nonce)

      const keys = await scramKeys(name, password, challenge.salt, challenge.iterations)
      const clientFinal = `c=${channelBinding},r=${challenge.nonce}`
      const authMessage = `${clientFirst},${serverFirst},${clientFinal}`
      const proof = xor(keys.clientKey, scramHmac(name, keys.storedKey, authMessage)).toString('base64')

      const serverFinal = (await exchange(Buffer.from(`${clientFinal},p=${proof}`))).toString()
      checkServerFinal(serverFinal, scramHmac(name, keys.serverKey, authMessage))
    },
  }
}

/** RFC 5802 section 5.1: a comma would end the attribute, and the equals sign introduces the escape. */
const escapedName = (name: string) => name.replaceAll('=', '=3D').replaceAll(',', '=2C')

interface Challenge {
  readonly nonce: string
  readonly salt: Buffer
  readonly iterations: number
}

function readServerFirst(message: string, clientNonce: string): Challenge {
  const match = /^r=([^,]+),s=([A-Za-z0-9+/=]+),i=([1-9][0-9]*)(?:,.*)?$/.exec(message)
  if (match === null) throw refused('the challenge does not follow RFC 5802')
  const [, nonce = '', salt = '', iterations = ''] = match
  // Without its own part the broker could replay an old conversation.
  if (!nonce.startsWith(clientNonce) || nonce.length === clientNonce.length) {
    throw refused("the challenge does not continue this client's nonce")
  }
  const count = Number(iterations)
  // Fewer would let whoever poses as the broker guess the password.
  if (count < scramIterationsMin) {
    throw refused(`${count} iterations asked for, ${scramIterationsMin} are the least that is safe`)
  }
  if (count > iterationsMax) throw refused(`${count} iterations asked for, at most ${iterationsMax} are done`)
  return { nonce, salt: Buffer.from(salt, 'base64'), iterations: count }
}

function checkServerFinal(message: string, expected: Buffer): void {
  const error = /^e=([^,]+)/.exec(message)?.[1]
  if (error !== undefined) throw refused(`the broker says ${error}`)
  const signature = Buffer.from(/^v=([A-Za-z0-9+/=]+)/.exec(message)?.[1] ?? '', 'base64')
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
    throw refused('the broker could not prove that it knows the password', 'Something else may pose as the broker.')
  }
}

function refused(what: string, hint?: string): MillraceError {
  return new MillraceError('AUTHENTICATION_FAILED', `SCRAM: ${what}`, hint === undefined ? {} : { hint })
}
