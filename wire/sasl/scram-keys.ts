// The arithmetic of SCRAM (RFC 5802 section 3), the same for client and server.
import { createHash, createHmac, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'

export type ScramMechanismName = 'SCRAM-SHA-256' | 'SCRAM-SHA-512'

/** RFC 7677 section 4; Kafka's own floor and default too. */
export const scramIterationsMin = 4_096

const hashes = {
  'SCRAM-SHA-256': { name: 'sha256', byteLength: 32 },
  'SCRAM-SHA-512': { name: 'sha512', byteLength: 64 },
} as const

const pbkdf2Async = promisify(pbkdf2)

export interface ScramKeys {
  readonly clientKey: Buffer
  /** What a server keeps instead of the client key, which it cannot get back from it. */
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

export async function scramKeys(
  mechanism: ScramMechanismName,
  password: string,
  salt: Buffer,
  iterations: number,
): Promise<ScramKeys> {
  const { name, byteLength } = hashes[mechanism]
  const salted = await pbkdf2Async(password, salt, iterations, byteLength, name)
  const clientKey = scramHmac(mechanism, salted, 'Client Key')
  return {
    clientKey,
    storedKey: scramHash(mechanism, clientKey),
    serverKey: scramHmac(mechanism, salted, 'Server Key'),
  }
}

export const scramHmac = (mechanism: ScramMechanismName, key: Buffer, text: string): Buffer =>
  createHmac(hashes[mechanism].name, key).update(text).digest()

export const scramHash = (mechanism: ScramMechanismName, bytes: Buffer): Buffer =>
  createHash(hashes[mechanism].name).update(bytes).digest()

/** Of two buffers of one length. */
export const xor = (one: Buffer, other: Buffer): Buffer => Buffer.from(one.map((byte, index) => byte ^ other[index]!))
