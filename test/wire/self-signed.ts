// Makes a self-signed certificate and its key with nothing but Node, for tests that must look inside PEM files.
import { generateKeyPairSync, sign } from 'node:crypto'

export interface SelfSigned {
  readonly certificatePem: string
  readonly certificateDer: Buffer
  readonly keyPem: string
  encryptedKeyPem(passphrase: string): string
}

const sequence = 0x30
const ed25519 = der(sequence, Buffer.from('06032b6570', 'hex'))

export function selfSigned(commonName: string): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const commonNameOid = Buffer.from('0603550403', 'hex')
  const name = der(sequence, der(0x31, der(sequence, commonNameOid, der(0x0c, Buffer.from(commonName)))))
  const validity = der(sequence, der(0x17, Buffer.from('200101000000Z')), der(0x17, Buffer.from('491231235959Z')))
  const version3 = der(0xa0, der(0x02, Buffer.from([2])))
  const serial = der(0x02, Buffer.from([1]))
  const subjectKey = publicKey.export({ type: 'spki', format: 'der' })
  const toBeSigned = der(sequence, version3, serial, ed25519, name, validity, name, subjectKey)
  const signature = der(0x03, Buffer.from([0]), sign(null, toBeSigned, privateKey))
  const certificateDer = der(sequence, toBeSigned, ed25519, signature)
  return {
    certificateDer,
    certificatePem: pem('CERTIFICATE', certificateDer),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    encryptedKeyPem: passphrase =>
      privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString(),
  }
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const length = content.length < 0x80 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}
