// The TLS part of the client properties: PEM from files or from the properties themselves, in the spelling of the Java
// client or of librdkafka.
import type { ConfigReader, Setting } from '../core/config.ts'
import type { Parsed } from '../core/units.ts'
import {
  binaryFormatOf,
  certificateBlocks,
  conversionHint,
  damagedCertificate,
  isEncrypted,
  type PemBlock,
  parseCertificate,
  parsePrivateKey,
  privateKeyBlocks,
  type StoreFormat,
  type StoreUse,
} from './pem.ts'
import type { TlsSettings } from './settings.ts'

export interface ConfigSource {
  readonly reader: ConfigReader
  readonly readFile: (path: string) => Buffer
  /** How to convert each store that is not PEM; a problem has been noted for each. */
  readonly conversionHints: string[]
}

export function readTls(source: ConfigSource): TlsSettings {
  const caPem = readCa(source)
  const identity = readIdentity(source)
  return {
    ...(caPem === undefined ? {} : { caPem }),
    ...identity,
    verifyHostname: source.reader.readOr('ssl.endpoint.identification.algorithm', parseIdentification, true),
  }
}

/** Of several settings with one meaning, the one from the strongest layer; in one layer the order given decides. */
export function strongest(reader: ConfigReader, names: readonly string[]): Setting | undefined {
  const present = names.flatMap(name => reader.setting(name) ?? [])
  return present.reduce<Setting | undefined>((best, next) => (best?.outranks(next) ? best : next), undefined)
}

/** Kafka says the empty string, librdkafka says none. */
function parseIdentification(text: string): Parsed<boolean> {
  const word = text.trim().toLowerCase()
  if (word === 'https') return { value: true }
  if (word === '' || word === 'none') return { value: false }
  return { problem: `"${text}" is not https or empty (no check of the host name)` }
}

function readCa(source: ConfigSource): string | undefined {
  const names = ['ssl.truststore.certificates', 'ssl.truststore.location', 'ssl.ca.pem', 'ssl.ca.location']
  const setting = strongest(source.reader, names)
  return setting === undefined ? undefined : readCertificates(source, setting, 'truststore')
}

/** Certificates that a property holds or whose file it names. */
export function readCertificates(source: ConfigSource, setting: Setting, use: StoreUse): string | undefined {
  const text = loadPem(source, setting, use)
  if (text === undefined) return undefined
  const blocks = certificateBlocks(text)
  const damaged = damagedCertificate(blocks)
  if (blocks.length === 0) source.reader.problem(setting.path, 'holds no certificate (-----BEGIN CERTIFICATE-----)')
  else if (damaged !== undefined) {
    source.reader.problem(setting.path, `holds ${blocks.length} certificates, of which number ${damaged} is damaged`)
  }
  return blocks.map(block => block.text).join('')
}

function readIdentity(source: ConfigSource): Pick<TlsSettings, 'certificatePem' | 'keyPem' | 'keyPassphrase'> {
  const { reader } = source
  const store = 'ssl.keystore.location'
  const chain = strongest(reader, [
    'ssl.keystore.certificate.chain',
    'ssl.certificate.pem',
    'ssl.certificate.location',
    store,
  ])
  const key = strongest(reader, ['ssl.keystore.key', 'ssl.key.pem', 'ssl.key.location', store])
  if (chain === undefined && key === undefined) return {}
  if (chain === undefined || key === undefined) {
    const missing =
      chain === undefined ? 'certificate chain (ssl.keystore.certificate.chain)' : 'key (ssl.keystore.key)'
    reader.problem((chain ?? key)!.path, `needs the ${missing} beside it, or both in one ssl.keystore.location`)
    return {}
  }
  const keyText = loadPem(source, key, 'keystore')
  if (keyText === undefined) return {} // one problem is noted for one file
  const certificatePem = readCertificates(source, chain, 'keystore')
  const keyBlock = readKey(source, key, keyText)
  if (certificatePem === undefined || keyBlock === undefined) return {}
  const keyPassphrase = isEncrypted(keyBlock) ? reader.setting('ssl.key.password')?.text : undefined
  checkPair(source, key, certificateBlocks(certificatePem)[0], keyBlock, keyPassphrase)
  return { certificatePem, keyPem: keyBlock.text, ...(keyPassphrase === undefined ? {} : { keyPassphrase }) }
}

function readKey({ reader }: ConfigSource, setting: Setting, text: string): PemBlock | undefined {
  const blocks = privateKeyBlocks(text)
  if (blocks.length !== 1) {
    const found = blocks.length === 0 ? 'no private key (-----BEGIN PRIVATE KEY-----)' : `${blocks.length} private keys`
    reader.problem(setting.path, `holds ${found}, where one is needed`)
    return undefined
  }
  const passphrase = reader.setting('ssl.key.password')
  const block = blocks[0]!
  if (isEncrypted(block) && passphrase === undefined) {
    reader.problem(setting.path, 'holds an encrypted private key: set ssl.key.password')
    return undefined
  }
  if (parsePrivateKey(block, passphrase?.text) !== undefined) return block
  const problem = isEncrypted(block)
    ? 'holds a private key that ssl.key.password does not open'
    : 'holds a damaged private key'
  reader.problem(setting.path, problem)
  return undefined
}

function checkPair(
  { reader }: ConfigSource,
  setting: Setting,
  certificateBlock: PemBlock | undefined,
  keyBlock: PemBlock,
  passphrase: string | undefined,
): void {
  const certificate = certificateBlock && parseCertificate(certificateBlock)
  const key = parsePrivateKey(keyBlock, passphrase)
  if (certificate === undefined || key === undefined || certificate.checkPrivateKey(key)) return
  reader.problem(setting.path, 'holds a private key that does not belong to the (first) certificate')
}

/** The text of a property, or of the file it names; undefined with a problem noted when that is not PEM. */
function loadPem(source: ConfigSource, setting: Setting, use: StoreUse): string | undefined {
  if (!setting.name.endsWith('.location')) return setting.text
  if (setting.text.includes('-----BEGIN')) {
    source.reader.problem(setting.path, 'holds PEM text, where the path of a PEM file is wanted')
    return undefined
  }
  const typeSetting = setting.name === `ssl.${use}.location` ? source.reader.setting(`ssl.${use}.type`) : undefined
  const type = typeSetting?.text.trim().toUpperCase()
  if (type === 'JKS' || type === 'PKCS12') return refuseStore(source, setting, use, type)
  if (typeSetting !== undefined && type !== 'PEM') {
    source.reader.problem(typeSetting.path, 'must be PEM, the one store type that is read here')
    return undefined
  }
  const content = readNamedFile(source, setting)
  const format = content === undefined ? undefined : binaryFormatOf(content)
  return format === undefined ? content?.toString('utf8') : refuseStore(source, setting, use, format)
}

function refuseStore(
  { reader, conversionHints }: ConfigSource,
  setting: Setting,
  use: StoreUse,
  format: StoreFormat,
): undefined {
  const hint = conversionHint(use, format, setting.text)
  reader.problem(
    setting.path,
    `${setting.text} is a ${format} ${format === 'DER' ? 'certificate' : use}, and only PEM is read here`,
  )
  conversionHints.push(hint)
}

function readNamedFile({ reader, readFile }: ConfigSource, setting: Setting): Buffer | undefined {
  try {
    return readFile(setting.text)
  } catch (error) {
    reader.problem(setting.path, `cannot read the file: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}
