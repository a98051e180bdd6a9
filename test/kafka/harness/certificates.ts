// A certificate authority, a broker certificate and a client certificate, made on the spot with openssl and keytool.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MillraceError } from '../../../core/errors.ts'
import { runCommand } from './tools.ts'

export interface Certificates {
  /** The authority that signed the broker's and the client's certificate. */
  readonly ca: string
  /** An authority that signed neither: a client that trusts only this one must refuse the broker. */
  readonly otherCa: string
  /** Key and certificate in one file, as Kafka's PEM stores want it. */
  readonly brokerKeystore: string
  readonly clientCertificate: string
  readonly clientKey: string
  readonly clientKeystore: string
  /** The authority again, in the two formats that only Java reads. */
  readonly truststoreJks: string
  readonly truststorePkcs12: string
  readonly storePassword: string
}

const validDays = '7'
const storePassword = 'changeit'

export interface CertificateOptions {
  /** Without Java its two formats are left out: their paths lead nowhere. */
  readonly java?: boolean
}

export async function createCertificates(dir: string, { java = true }: CertificateOptions = {}): Promise<Certificates> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const at = (name: string) => join(dir, name)
  await Promise.all([createAuthority(dir, 'ca'), createAuthority(dir, 'other-ca')])
  // One after the other: both take their serial number from the same file of the authority.
  await createSigned(
    dir,
    'broker',
    'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n',
  )
  await createSigned(dir, 'client', 'extendedKeyUsage=clientAuth\n')
  const stores = java
    ? ([
        ['JKS', 'truststore.jks'],
        ['PKCS12', 'truststore.p12'],
      ] as const)
    : []
  await Promise.all(stores.map(([type, name]) => createTruststore(dir, type, name)))
  return {
    ca: at('ca.pem'),
    otherCa: at('other-ca.pem'),
    brokerKeystore: at('broker-keystore.pem'),
    clientCertificate: at('client.pem'),
    clientKey: at('client.key'),
    clientKeystore: at('client-keystore.pem'),
    truststoreJks: at('truststore.jks'),
    truststorePkcs12: at('truststore.p12'),
    storePassword,
  }
}

async function createAuthority(dir: string, name: string): Promise<void> {
  const files = ['-keyout', join(dir, `${name}.key`), '-out', join(dir, `${name}.pem`)]
  await openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    validDays,
    '-subj',
    `/CN=millrace test ${name}`,
    ...files,
  )
}

async function createSigned(dir: string, name: string, extensions: string): Promise<void> {
  const at = (ending: string) => join(dir, `${name}${ending}`)
  await writeFile(at('.ext'), extensions)
  await openssl(
    'req',
    '-new',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    at('.key'),
    '-out',
    at('.csr'),
  )
  const authority = ['-CA', join(dir, 'ca.pem'), '-CAkey', join(dir, 'ca.key'), '-CAcreateserial']
  await openssl(
    'x509',
    '-req',
    '-in',
    at('.csr'),
    ...authority,
    '-days',
    validDays,
    '-extfile',
    at('.ext'),
    '-out',
    at('.pem'),
  )
  const store = Buffer.concat([await readFile(at('.key')), await readFile(at('.pem'))])
  await writeFile(at('-keystore.pem'), store, { mode: 0o600 })
}

async function createTruststore(dir: string, type: string, name: string): Promise<void> {
  const store = ['-storetype', type, '-keystore', join(dir, name), '-storepass', storePassword]
  await mustRun('keytool', ['-importcert', '-noprompt', '-alias', 'ca', '-file', join(dir, 'ca.pem'), ...store])
}

const openssl = (...args: string[]) => mustRun('openssl', args)

async function mustRun(command: string, args: readonly string[]): Promise<void> {
  const result = await runCommand(command, args)
  if (result.code !== 0) throw new MillraceError('INTERNAL', `${command} ${args[0]} failed: ${result.stderr}`)
}
