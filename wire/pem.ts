// PEM text (RFC 7468) and the stores that are not PEM. Java's key stores (JKS, PKCS12) are recognised so that the user is
// told how to convert his own file, instead of meeting an OpenSSL error.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'

export interface PemBlock {
  /** "CERTIFICATE", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", ... */
  readonly label: string
  readonly text: string
}

/** All blocks, each in canonical form: in a properties file the line ends within a block are often lost. */
export function pemBlocks(text: string): PemBlock[] {
  return [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([^-]*(?:-(?!----)[^-]*)*)-----END \1-----/g)].map(match => {
    const [whole, label, body] = match as unknown as [string, string, string]
    // Headers (RFC 1421, the old way to encrypt a key) end at a blank line, which must stay.
    const text = body.includes(':') ? `${whole}\n` : canonical(label, body)
    return { label, text }
  })
}

function canonical(label: string, body: string): string {
  const lines = body.replace(/\s+/g, '').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

export const certificateBlocks = (text: string) =>
  pemBlocks(text).filter(({ label }) => /^(X509 )?CERTIFICATE$/.test(label))

export const privateKeyBlocks = (text: string) => pemBlocks(text).filter(({ label }) => label.endsWith('PRIVATE KEY'))

/** Which of the certificates (from 1) cannot be read, or undefined when all can. */
export function damagedCertificate(blocks: readonly PemBlock[]): number | undefined {
  const index = blocks.findIndex(block => parseCertificate(block) === undefined)
  return index === -1 ? undefined : index + 1
}

export function parseCertificate(block: PemBlock): X509Certificate | undefined {
  try {
    return new X509Certificate(block.text)
  } catch {
    return undefined // the only reason is bytes that are no certificate; the caller says whose
  }
}

export const isEncrypted = ({ label, text }: PemBlock) => label.startsWith('ENCRYPTED') || text.includes('ENCRYPTED')

export function parsePrivateKey(block: PemBlock, passphrase: string | undefined): KeyObject | undefined {
  try {
    return createPrivateKey({ key: block.text, ...(passphrase === undefined ? {} : { passphrase }) })
  } catch {
    return undefined // damaged or a wrong passphrase: OpenSSL's text does not tell which
  }
}

export type StoreFormat = 'JKS' | 'PKCS12' | 'DER'

/** The format of a file that is not PEM, by its first bytes. */
export function binaryFormatOf(content: Buffer): StoreFormat | undefined {
  if (content.length < 4) return undefined
  const magic = content.readUInt32BE(0)
  if (magic === 0xfeed_feed || magic === 0xcece_cece) return 'JKS'
  if (content[0] !== 0x30) return undefined
  // Both are an ASN.1 SEQUENCE: of a version number in PKCS #12 (RFC 7292), of another SEQUENCE in X.509.
  const lengthBytes = content[1]! < 0x80 ? 1 : 1 + (content[1]! & 0x7f)
  return content[1 + lengthBytes] === 0x02 ? 'PKCS12' : 'DER'
}

export type StoreUse = 'truststore' | 'keystore'

/** The commands that make the user's own file a PEM file, and the settings that go with it. */
export function conversionHint(use: StoreUse, format: StoreFormat, path: string): string {
  const base = path.replace(/\.(jks|p12|pfx|pkcs12|keystore|truststore|der|crt|cer)$/i, '')
  const pemPath = `${base}.pem`
  const p12Path = format === 'PKCS12' ? path : `${base}.p12`
  const toP12 = `keytool -importkeystore -srckeystore ${quoted(path)} -destkeystore ${quoted(p12Path)} -deststoretype PKCS12`
  const only = use === 'truststore' ? ' -nokeys' : ''
  const toPem = `openssl pkcs12 -in ${quoted(p12Path)}${only} -out ${quoted(pemPath)}`
  const fromDer = `openssl x509 -inform der -in ${quoted(path)} -out ${quoted(pemPath)}`
  const commands = { JKS: [toP12, toPem], PKCS12: [toPem], DER: [fromDer] }[format]
  const passphrase = use === 'keystore' ? ' and ssl.key.password to the PEM pass phrase that openssl asks for' : ''
  return [
    'Convert it to PEM:',
    ...commands.map(command => `  ${command}`),
    `then set ssl.${use}.type=PEM, ssl.${use}.location=${pemPath}${passphrase}.`,
  ].join('\n')
}

/** For a POSIX shell. */
const quoted = (path: string) => (/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)
