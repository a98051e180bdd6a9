// Shows that the properties files, variables and flags that users already have become client settings; that what is wrong
// is reported all at once, at its place; that Java stores get the commands that convert them; and that no secret is shown.
// Method: a file system of a few strings, certificates made on the spot, and tables of what users write.
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Environment } from '../../core/config.ts'
import { MillraceError } from '../../core/errors.ts'
import { type ClientConfig, type PropertyFlag, readClientConfig } from '../../wire/client-config.ts'
import { clientDefaults } from '../../wire/settings.ts'
import { selfSigned } from './self-signed.ts'

const ca = selfSigned('ca')
const client = selfSigned('client')
const passphrase = 'open sesame'

const files: Readonly<Record<string, string | Buffer>> = {
  'ca.pem': ca.certificatePem,
  'two-cas.pem': `Bag Attributes\n    friendlyName: a\n${ca.certificatePem}${client.certificatePem}`,
  'damaged.pem': ca.certificatePem + client.certificatePem.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA'),
  'client.pem': client.certificatePem,
  'client.key': client.keyPem,
  'encrypted.key': client.encryptedKeyPem(passphrase),
  'keystore.pem': client.encryptedKeyPem(passphrase) + client.certificatePem,
  'other-key.pem': ca.keyPem + client.certificatePem,
  'trust.jks': Buffer.from('feedfeed00000002', 'hex'),
  "o'brien/my keys.jks": Buffer.from('feedfeed00000002', 'hex'),
  'key.p12': Buffer.from('3082097a020103', 'hex'),
  'ca.der': ca.certificateDer,
  'empty.pem': '',
  'token.jwt': 'a.b.c',
}

interface Given {
  readonly file?: string
  readonly env?: Environment
  readonly flags?: readonly PropertyFlag[]
}

function read({ file, env = {}, flags = [] }: Given): ClientConfig {
  const readFile = (path: string): Buffer => {
    if (path === 'client.properties' && file !== undefined) return Buffer.from(file)
    const content = files[path]
    if (content === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`)
    return Buffer.from(content)
  }
  return readClientConfig({ ...(file === undefined ? {} : { filePath: 'client.properties' }), env, flags, readFile })
}

/** A file with addresses in line 1; the lines given follow. */
const withBootstrap = (...lines: readonly string[]) => ({ file: ['bootstrap.servers=k:9092', ...lines].join('\n') })
const settingsOf = (...lines: readonly string[]) => read(withBootstrap(...lines)).settings

function refusal(given: Given): MillraceError {
  try {
    read(given)
  } catch (error) {
    if (error instanceof MillraceError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

/** The problems alone, without the heading. */
const problemsOf = (...lines: readonly string[]) =>
  refusal(withBootstrap(...lines))
    .message.split('\n')
    .slice(1)
    .map(line => line.trim())

const plainLogin = 'org.apache.kafka.common.security.plain.PlainLoginModule'
const scramLogin = 'org.apache.kafka.common.security.scram.ScramLoginModule'
const oauthLogin = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule'
const plain = ['security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=PLAIN']
const oauth = ['security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=OAUTHBEARER']

describe('where settings come from', () => {
  it('has defaults for all but the addresses', () => {
    expect(settingsOf()).toEqual({ ...clientDefaults, bootstrap: [{ host: 'k', port: 9092 }] })
  })

  it('prefers flags to variables to the file', () => {
    const file = 'bootstrap.servers=file:1\nclient.id=file\nretry.backoff.ms=1'
    const env = { MILLRACE_BOOTSTRAP_SERVERS: 'env:2', MILLRACE_CLIENT_ID: 'env' }
    const flags = [{ flag: '--bootstrap', property: 'bootstrap.servers', value: 'flag:3' }]
    expect(read({ file, env, flags }).settings).toMatchObject({
      bootstrap: [{ host: 'flag', port: 3 }],
      clientId: 'env',
      retryBackoffMs: 1,
    })
  })

  it('knows the short variable for addresses, and that the full name is the stronger', () => {
    const short = { MILLRACE_BOOTSTRAP: 'short:1' }
    expect(read({ env: short }).settings.bootstrap).toEqual([{ host: 'short', port: 1 }])
    const both = { ...short, MILLRACE_BOOTSTRAP_SERVERS: 'full:2' }
    expect(read({ env: both }).settings.bootstrap).toEqual([{ host: 'full', port: 2 }])
  })

  it("takes librdkafka's names", () => {
    const { settings } = read({
      file: 'metadata.broker.list=k:1\nsecurity.protocol=sasl_plaintext\nsasl.mechanisms=PLAIN\nsasl.username=u\nsasl.password=p',
    })
    expect(settings).toMatchObject({ bootstrap: [{ host: 'k', port: 1 }], sasl: { username: 'u', password: 'p' } })
  })

  it('reads all times, in milliseconds or with a unit', () => {
    const times = [
      'socket.connection.setup.timeout.ms=1',
      'request.timeout.ms=2s',
      'reconnect.backoff.ms=3',
      'reconnect.backoff.max.ms=4',
      'retry.backoff.ms=0',
      'metadata.max.age.ms=6',
    ]
    expect(settingsOf(...times)).toMatchObject({
      connectTimeoutMs: 1,
      requestTimeoutMs: 2000,
      reconnectBackoffMs: 3,
      reconnectBackoffMaxMs: 4,
      retryBackoffMs: 0,
      metadataMaxAgeMs: 6,
    })
    expect(settingsOf('reconnect.backoff.ms=5000').reconnectBackoffMaxMs).toBe(5000)
  })

  it('is frozen', () => {
    const settings = settingsOf(...plain, 'sasl.username=u', 'sasl.password=p')
    expect([settings, settings.bootstrap, settings.bootstrap[0], settings.sasl].every(Object.isFrozen)).toBe(true)
  })
})

describe('addresses', () => {
  it.each([
    { text: 'a:1,b:2', bootstrap: ['a:1', 'b:2'] },
    { text: ' a:1 , b:2, ', bootstrap: ['a:1', 'b:2'] },
    { text: '[::1]:9092,[fe80::1%eth0]:9093', bootstrap: ['::1:9092', 'fe80::1%eth0:9093'] },
    { text: 'SASL_SSL://broker-1.example.com:9094', bootstrap: ['broker-1.example.com:9094'] },
    { text: '10.0.0.1:65535', bootstrap: ['10.0.0.1:65535'] },
  ])('of "$text"', ({ text, bootstrap }) => {
    const { settings } = read({ file: `bootstrap.servers=${text}` })
    expect(settings.bootstrap.map(({ host, port }) => `${host}:${port}`)).toEqual(bootstrap)
  })

  it.each([
    { text: 'a', says: '"a" has no port: write a:9092' },
    { text: '[::1]', says: '"[::1]" has no port: write [::1]:9092' },
    { text: '::1:9092', says: 'looks like an IPv6 address: write it in brackets' },
    { text: 'a:0', says: '"a:0" has a port that is not between 1 and 65535' },
    { text: 'a:65536', says: 'has a port that is not between' },
    { text: 'a b:1', says: '"a b:1" is not host:port' },
    { text: 'a:1,b,c', says: '"b" has no port: write b:9092; "c" has no port' },
    { text: ' , ', says: 'names no address' },
  ])('refused: "$text"', ({ text, says }) => {
    expect(refusal({ file: `bootstrap.servers=${text}` }).message).toContain(`client.properties:1 bootstrap.servers: `)
    expect(refusal({ file: `bootstrap.servers=${text}` }).message).toContain(says)
  })

  it('are required, and the message says by which names', () => {
    expect(refusal({}).message).toMatch(/--bootstrap: is required.*MILLRACE_BOOTSTRAP.*bootstrap\.servers/)
  })
})

describe('SASL', () => {
  it.each([
    { why: 'the usual line', mechanism: 'PLAIN', line: `${plainLogin} required username="alice" password="p w";` },
    { why: 'single quotes', mechanism: 'PLAIN', line: `${plainLogin} required username='alice' password='p w' ;` },
    { why: 'bare words', mechanism: 'PLAIN', line: `${plainLogin} REQUIRED password="p w" username=alice;` },
    { why: 'SCRAM 256', mechanism: 'SCRAM-SHA-256', line: `${scramLogin} required username="alice" password="p w";` },
    { why: 'SCRAM 512', mechanism: 'scram-sha-512', line: `${scramLogin} required username="alice" password="p w";` },
    {
      why: 'a shaded class',
      mechanism: 'PLAIN',
      line: `shaded.${plainLogin} required username="alice" password="p w";`,
    },
  ])('JAAS: $why', ({ mechanism, line }) => {
    const settings = settingsOf(
      'security.protocol=SASL_PLAINTEXT',
      `sasl.mechanism=${mechanism}`,
      `sasl.jaas.config=${line}`,
    )
    expect({ ...settings.sasl }).toEqual({ mechanism: mechanism.toUpperCase(), username: 'alice', password: 'p w' })
  })

  it('JAAS over several lines, with escapes in both languages', () => {
    // Java's Properties takes one backslash of each pair, and JAAS the next.
    const lines = [
      `sasl.jaas.config=${plainLogin} required \\`,
      '  username="alice" \\',
      '  password="a\\\\"b\\\\\\\\c";',
    ]
    expect(settingsOf(...plain, ...lines).sasl).toMatchObject({ username: 'alice', password: 'a"b\\c' })
  })

  const jaas = `sasl.jaas.config=${plainLogin} required username="jaas" password="jaas";`

  it('takes the password from the environment, the user from the file', () => {
    const { settings } = read({ ...withBootstrap(...plain, jaas), env: { MILLRACE_SASL_PASSWORD: 'env' } })
    expect(settings.sasl).toMatchObject({ username: 'jaas', password: 'env' })
  })

  it('prefers a stronger JAAS line to a property', () => {
    const flags = [{ flag: '--client-property sasl.jaas.config', property: 'sasl.jaas.config', value: jaas.slice(17) }]
    const given = { ...withBootstrap(...plain, 'sasl.username=file', 'sasl.password=file'), flags }
    expect(read(given).settings.sasl).toMatchObject({ username: 'jaas', password: 'jaas' })
  })

  const complaint = (line: string) => problemsOf(...plain, `sasl.jaas.config=${line}`).join('\n')

  it.each([
    { why: 'no module', line: 'username="alice" password="hunter2";', says: 'must begin with a login module' },
    { why: 'an unknown module', line: 'Krb5LoginModule required;', says: 'must begin with a login module' },
    { why: 'no flag', line: `${plainLogin} username="a" password="hunter2";`, says: 'needs the word "required"' },
    {
      why: 'no semicolon',
      line: `${plainLogin} required username="a" password="hunter2"`,
      says: 'end with a semicolon',
    },
    {
      why: 'an open quote',
      line: `${plainLogin} required username="a" password="hunter2;`,
      says: 'quote that is not closed',
    },
    {
      why: 'no value',
      line: `${plainLogin} required username= password="hunter2";`,
      says: 'is not understood after option 1',
    },
    {
      why: 'a stray word',
      line: `${plainLogin} required username="a" hunter2;`,
      says: 'option without a value (option 2)',
    },
    {
      why: 'a second module',
      line: `${plainLogin} required username="a" password="hunter2"; x;`,
      says: 'one login module',
    },
    { why: 'no user', line: `${plainLogin} required password="hunter2";`, says: 'needs a user name: username="..."' },
    { why: 'no password', line: `${plainLogin} required username="a";`, says: 'needs a password' },
    {
      why: 'another mechanism',
      line: `${scramLogin} required username="a" password="hunter2";`,
      says: 'names ScramLoginModule, but sasl.mechanism is PLAIN, which needs PlainLoginModule',
    },
    { why: 'nothing', line: '', says: 'must begin with a login module' },
  ])('refused: JAAS with $why', ({ line, says }) => {
    expect(complaint(line)).toContain(says)
    expect(complaint(line)).toContain('client.properties:4 sasl.jaas.config: ')
    expect(complaint(line).split('\n')).toHaveLength(1)
    expect(complaint(line)).not.toContain('hunter2')
  })

  it('asks for credentials where there are none at all', () => {
    expect(problemsOf(...plain)).toEqual([
      'sasl.jaas.config: needs a user name: username="..." in sasl.jaas.config, or the property sasl.username',
      'sasl.jaas.config: needs a password: password="..." in sasl.jaas.config, or the property sasl.password',
    ])
  })

  it('asks for the mechanism, and names those it has', () => {
    const known = 'PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER'
    expect(problemsOf('security.protocol=SASL_PLAINTEXT')).toEqual([
      `sasl.mechanism: is required with security.protocol=SASL_PLAINTEXT: ${known}`,
    ])
    expect(problemsOf('security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=GSSAPI')).toEqual([
      `client.properties:3 sasl.mechanism: is not a mechanism that is supported here: ${known}`,
    ])
  })

  it('refuses delegation tokens', () => {
    const line = `sasl.jaas.config=${scramLogin} required username="a" password="b" tokenauth="true";`
    expect(problemsOf('security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=SCRAM-SHA-256', line)).toEqual([
      expect.stringContaining('delegation token'),
    ])
  })
})

describe('OAUTHBEARER', () => {
  const tokenOf = (...lines: readonly string[]) => {
    const { sasl } = settingsOf(...oauth, ...lines)
    if (sasl?.mechanism !== 'OAUTHBEARER') throw new Error('not OAUTHBEARER')
    return { ...sasl.token }
  }
  const url = 'sasl.oauthbearer.token.endpoint.url'
  const endpoint = { kind: 'endpoint', url: 'https://id.example.com/token', clientId: 'me', clientSecret: 's3cret' }

  it('has an endpoint with credentials in JAAS', () => {
    const line = `${oauthLogin} required clientId="me" clientSecret="s3cret" scope="kafka" extension_logicalCluster="lkc-1";`
    const settings = settingsOf(...oauth, `${url}=https://id.example.com/token`, `sasl.jaas.config=${line}`)
    expect({ ...settings.sasl }).toMatchObject({ extensions: { logicalCluster: 'lkc-1' } })
    expect(tokenOf(`${url}=https://id.example.com/token`, `sasl.jaas.config=${line}`)).toEqual({
      ...endpoint,
      scope: 'kafka',
    })
  })

  it('has an endpoint with credentials in properties, by either name, and a CA of its own', () => {
    const javaNames = [
      'sasl.oauthbearer.client.credentials.client.id=me',
      'sasl.oauthbearer.client.credentials.client.secret=s3cret',
    ]
    expect(tokenOf(`${url}=https://id.example.com/token`, ...javaNames)).toEqual(endpoint)
    const names = ['sasl.oauthbearer.client.id=me', 'sasl.oauthbearer.client.secret=s3cret', 'https.ca.location=ca.pem']
    expect(tokenOf(`${url}=https://id.example.com/token`, ...names)).toEqual({ ...endpoint, caPem: ca.certificatePem })
  })

  it('has a token file, as the Java client has it', () => {
    expect(tokenOf(`${url}=file:///var/run/my%20token`)).toEqual({ kind: 'file', path: '/var/run/my token' })
  })

  it('has a token as it is', () => {
    expect(tokenOf('sasl.oauthbearer.token=a.b.c')).toEqual({ kind: 'static', token: 'a.b.c' })
  })

  it("has Kafka's unsecured tokens", () => {
    const line = `sasl.jaas.config=${oauthLogin} required unsecuredLoginStringClaim_sub="alice"`
    expect(tokenOf(`${line};`)).toEqual({ kind: 'unsecured', subject: 'alice', lifetimeSeconds: 3600 })
    const brief = `${line} unsecuredLoginLifetimeSeconds="60" unsecuredLoginExtension_traceId="1";`
    expect(tokenOf(brief)).toMatchObject({ lifetimeSeconds: 60 })
    expect(settingsOf(...oauth, brief).sasl).toMatchObject({ extensions: { traceId: '1' } })
  })

  it.each([
    { why: 'no token', lines: [], says: 'needs a token' },
    { why: 'a URL that is none', lines: [`${url}=id.example.com`], says: 'is not a URL that begins with https://' },
    { why: 'no client id', lines: [`${url}=http://i/`, 'sasl.oauthbearer.client.secret=s'], says: 'needs a client id' },
    { why: 'no secret', lines: [`${url}=http://i/`, 'sasl.oauthbearer.client.id=s'], says: 'needs a client secret' },
    {
      why: 'a broken lifetime',
      lines: [
        `sasl.jaas.config=${oauthLogin} required unsecuredLoginStringClaim_sub="a" unsecuredLoginLifetimeSeconds="1h";`,
      ],
      says: 'not a whole number of seconds',
    },
  ])('refused: $why', ({ lines, says }) => {
    const problems = problemsOf(...oauth, ...lines)
    expect(problems).toEqual([expect.stringContaining(says)])
  })
})

describe('TLS', () => {
  const tlsOf = (...lines: readonly string[]) => ({ ...settingsOf('security.protocol=SSL', ...lines).tls })
  /** As in a properties file, where each line end is escaped and so lost. */
  const inline = (pem: string) => pem.trim().replaceAll('\n', ' \\\n  ')

  it("uses the system's CAs and checks the host name unless told otherwise", () => {
    expect(tlsOf()).toEqual({ verifyHostname: true })
    expect(tlsOf('ssl.endpoint.identification.algorithm=')).toEqual({ verifyHostname: false })
    expect(tlsOf('ssl.endpoint.identification.algorithm=none')).toEqual({ verifyHostname: false })
    expect(tlsOf('ssl.endpoint.identification.algorithm=https')).toEqual({ verifyHostname: true })
    expect(settingsOf().tls).toBeUndefined()
  })

  it.each([
    { why: 'a PEM trust store', lines: ['ssl.truststore.type=PEM', 'ssl.truststore.location=ca.pem'] },
    { why: 'PEM without its type', lines: ['ssl.truststore.location=ca.pem'] },
    {
      why: 'certificates in the property',
      lines: ['ssl.truststore.type=PEM', `ssl.truststore.certificates=${inline(ca.certificatePem)}`],
    },
    { why: 'the name of librdkafka', lines: ['ssl.ca.location=ca.pem'] },
  ])('reads $why', ({ lines }) => {
    expect(tlsOf(...lines)).toEqual({ caPem: ca.certificatePem, verifyHostname: true })
  })

  it('keeps all certificates and leaves out what stands between them', () => {
    expect(tlsOf('ssl.truststore.location=two-cas.pem').caPem).toBe(ca.certificatePem + client.certificatePem)
  })

  it.each([
    {
      why: 'a certificate and a key in properties',
      lines: [
        `ssl.keystore.certificate.chain=${inline(client.certificatePem)}`,
        `ssl.keystore.key=${inline(client.keyPem)}`,
      ],
    },
    { why: 'the names of librdkafka', lines: ['ssl.certificate.location=client.pem', 'ssl.key.location=client.key'] },
    {
      why: 'a passphrase that is not needed',
      lines: ['ssl.certificate.location=client.pem', 'ssl.key.location=client.key', 'ssl.key.password=x'],
    },
  ])('reads a client identity: $why', ({ lines }) => {
    expect(tlsOf(...lines)).toEqual({
      certificatePem: client.certificatePem,
      keyPem: client.keyPem,
      verifyHostname: true,
    })
  })

  it('reads a PEM key store with an encrypted key', () => {
    const tls = tlsOf('ssl.keystore.type=PEM', 'ssl.keystore.location=keystore.pem', `ssl.key.password=${passphrase}`)
    expect(tls).toMatchObject({ certificatePem: client.certificatePem, keyPassphrase: passphrase })
    expect(tls.keyPem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/)
  })

  it.each([
    {
      why: 'a missing file',
      lines: ['ssl.ca.location=absent.pem'],
      says: 'client.properties:3 ssl.ca.location: cannot read the file: ENOENT',
    },
    { why: 'an empty file', lines: ['ssl.truststore.location=empty.pem'], says: 'holds no certificate' },
    {
      why: 'a damaged certificate',
      lines: ['ssl.ca.location=damaged.pem'],
      says: 'holds 2 certificates, of which number 2 is damaged',
    },
    {
      why: 'a certificate without a key',
      lines: ['ssl.certificate.location=client.pem'],
      says: 'needs the key (ssl.keystore.key) beside it',
    },
    { why: 'a key without a certificate', lines: ['ssl.key.location=client.key'], says: 'needs the certificate chain' },
    { why: 'no key in the store', lines: ['ssl.keystore.location=ca.pem'], says: 'holds no private key' },
    {
      why: 'a passphrase missing',
      lines: ['ssl.keystore.location=keystore.pem'],
      says: 'holds an encrypted private key: set ssl.key.password',
    },
    {
      why: 'a wrong passphrase',
      lines: ['ssl.keystore.location=keystore.pem', 'ssl.key.password=wrong'],
      says: 'holds a private key that ssl.key.password does not open',
    },
    {
      why: 'a key of another certificate',
      lines: ['ssl.keystore.location=other-key.pem'],
      says: 'does not belong to the (first) certificate',
    },
    {
      why: 'another store type',
      lines: ['ssl.truststore.type=BCFKS', 'ssl.truststore.location=ca.pem'],
      says: 'client.properties:3 ssl.truststore.type: must be PEM',
    },
    {
      why: 'another host name check',
      lines: ['ssl.endpoint.identification.algorithm=http'],
      says: 'is not https or empty',
    },
    {
      why: 'PEM text in place of a path',
      lines: [`ssl.key.location=${inline(client.keyPem)}`, 'ssl.certificate.location=client.pem'],
      says: 'holds PEM text, where the path of a PEM file is wanted',
    },
  ])('refused: $why', ({ lines, says }) => {
    expect(problemsOf('security.protocol=SSL', ...lines)).toEqual([expect.stringContaining(says)])
  })
})

describe('stores that are not PEM', () => {
  const storeError = (...lines: readonly string[]) => refusal(withBootstrap('security.protocol=SSL', ...lines))

  it.each([
    { by: 'its type', lines: ['ssl.truststore.type=JKS', 'ssl.truststore.location=trust.jks'] },
    { by: 'its first bytes', lines: ['ssl.truststore.location=trust.jks'] },
  ])('a JKS trust store, known by $by, gets both commands', ({ lines }) => {
    const error = storeError(...lines)
    expect(error).toMatchObject({ code: 'STORE_FORMAT', exitCode: 104 })
    expect(error.message).toMatch(
      /^client.properties:\d ssl.truststore.location: trust.jks is a JKS truststore, and only PEM is read here$/,
    )
    expect(error.hint.split('\n')).toEqual([
      'Convert it to PEM:',
      '  keytool -importkeystore -srckeystore trust.jks -destkeystore trust.p12 -deststoretype PKCS12',
      '  openssl pkcs12 -in trust.p12 -nokeys -out trust.pem',
      'then set ssl.truststore.type=PEM, ssl.truststore.location=trust.pem.',
    ])
  })

  it('a PKCS12 key store gets one, with its key', () => {
    expect(storeError('ssl.keystore.location=key.p12').hint.split('\n')).toEqual([
      'Convert it to PEM:',
      '  openssl pkcs12 -in key.p12 -out key.pem',
      'then set ssl.keystore.type=PEM, ssl.keystore.location=key.pem and ssl.key.password to the PEM pass phrase that openssl asks for.',
    ])
  })

  it('a DER certificate gets its own', () => {
    expect(storeError('ssl.ca.location=ca.der').hint).toContain('openssl x509 -inform der -in ca.der -out ca.pem')
  })

  it("the user's path is quoted for the shell", () => {
    expect(storeError("ssl.truststore.location=o'brien/my keys.jks").hint).toContain(
      String.raw`-srckeystore 'o'\''brien/my keys.jks' -destkeystore 'o'\''brien/my keys.p12'`,
    )
  })

  it('both stores are reported at once, and beside other problems', () => {
    const stores = ['ssl.truststore.location=trust.jks', 'ssl.keystore.location=key.p12']
    expect(storeError(...stores).message.split('\n')).toHaveLength(2)
    const error = storeError(...stores, 'request.timeout.ms=soon')
    expect(error.code).toBe('CONFIG_INVALID')
    expect(error.message.split('\n')).toHaveLength(4)
    expect(error.hint).toContain('openssl pkcs12 -in key.p12')
  })
})

describe('what does not concern a connection', () => {
  it('is handed on as hints or mentioned as ignored', () => {
    const lines = [
      'acks=all',
      'linger.ms=20',
      'fetch.max.wait.ms=100',
      'retries=3',
      'key.serializer=x.Y',
      'schema.registry.url=http://s',
    ]
    const config = read(withBootstrap(...lines))
    expect([...config.clientHints].map(([name, setting]) => [name, setting.text, setting.path])).toEqual([
      ['acks', 'all', 'client.properties:2 acks'],
      ['linger.ms', '20', 'client.properties:3 linger.ms'],
      ['fetch.max.wait.ms', '100', 'client.properties:4 fetch.max.wait.ms'],
    ])
    expect(config.ignored).toEqual(['retries', 'key.serializer', 'schema.registry.url'])
  })

  it('includes security settings that the protocol does not use', () => {
    const { ignored } = read(withBootstrap('sasl.mechanism=PLAIN', 'ssl.ca.location=absent.pem'))
    expect(ignored).toEqual(['ssl.ca.location', 'sasl.mechanism'])
  })
})

describe('what is wrong', () => {
  it('is reported all at once, each at its place', () => {
    const given: Given = {
      file: 'bootstrap.servers=k\nsecurity.protocol=TLS\nsasl.mechanisn=PLAIN\n\nmetadata.max.age.ms=0',
      env: { MILLRACE_REQUEST_TIMEOUT_MS: 'soon' },
      flags: [{ flag: '--connect-timeout', property: 'socket.connection.setup.timeout.ms', value: '-1' }],
    }
    expect(refusal(given).message.split('\n')).toEqual([
      '6 settings are not valid:',
      '  client.properties:3 sasl.mechanisn: is not a property of a Kafka client; did you mean sasl.mechanism?',
      '  client.properties:2 security.protocol: "TLS" is not one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL',
      '  client.properties:1 bootstrap.servers: "k" has no port: write k:9092',
      '  --connect-timeout: -1 must be between 1 and 2147483647 ms',
      expect.stringContaining('  MILLRACE_REQUEST_TIMEOUT_MS: "soon" is not a duration'),
      '  client.properties:5 metadata.max.age.ms: 0 must be between 1 and 2147483647 ms',
    ])
  })

  it('may be the file itself', () => {
    const readFile = () => {
      throw new Error("ENOENT: no such file or directory, open 'x'")
    }
    const act = () => readClientConfig({ filePath: 'x', env: {}, readFile })
    expect(act).toThrow('--command-config: cannot read the file: ENOENT')
    expect(refusal({ file: 'a=\\u00' }).message).toContain('client.properties:1: \\u must be followed')
  })

  it('may be a reference that only a Java provider resolves', () => {
    expect(problemsOf('config.providers=file')).toEqual([expect.stringContaining('config.providers: is not supported')])
  })

  it('names an unknown property that is like no other', () => {
    expect(problemsOf('my.own.thing=1')).toEqual([
      'client.properties:2 my.own.thing: is not a property of a Kafka client',
    ])
  })
})

describe('secrets', () => {
  const secrets = ['hunter2', passphrase, 's3cret', 'tok3n', client.keyPem.split('\n')[1]!]
  const expectHidden = (...shown: readonly unknown[]) => {
    for (const each of shown) {
      const texts = [inspect(each, { depth: 20, showHidden: true }), JSON.stringify(each) ?? '', String(each)]
      for (const secret of secrets) expect(texts.join('\n')).not.toContain(secret)
    }
  }
  const identity = ['ssl.keystore.location=keystore.pem', `ssl.key.password=${passphrase}`]

  it.each([
    {
      why: 'a password',
      lines: [
        'security.protocol=SASL_SSL',
        'sasl.mechanism=PLAIN',
        'sasl.username=a',
        'sasl.password=hunter2',
        ...identity,
      ],
    },
    {
      why: 'a JAAS line',
      lines: [...plain, `sasl.jaas.config=${plainLogin} required username="a" password="hunter2";`],
    },
    {
      why: 'a key',
      lines: ['security.protocol=SSL', 'ssl.key.location=client.key', 'ssl.certificate.location=client.pem'],
    },
    { why: 'a token', lines: [...oauth, 'sasl.oauthbearer.token=tok3n'] },
    {
      why: 'a client secret',
      lines: [
        ...oauth,
        'sasl.oauthbearer.token.endpoint.url=https://i/',
        'sasl.oauthbearer.client.id=i',
        'sasl.oauthbearer.client.secret=s3cret',
      ],
    },
  ])('are not shown by the result: $why', ({ lines }) => {
    const config = read(withBootstrap(...lines))
    expectHidden(config, config.settings, config.settings.tls, config.settings.sasl)
  })

  it.each([
    { why: 'an invalid JAAS line', lines: [...plain, 'sasl.jaas.config=hunter2'] },
    { why: 'a password where the mechanism belongs', lines: ['security.protocol=SASL_SSL', 'sasl.mechanism=hunter2'] },
    {
      why: 'a wrong passphrase',
      lines: ['security.protocol=SSL', 'ssl.keystore.location=keystore.pem', 'ssl.key.password=hunter2'],
    },
    { why: 'a URL with credentials', lines: [...oauth, 'sasl.oauthbearer.token.endpoint.url=ftp://u:s3cret@host'] },
    {
      why: 'a key whose line ends are not escaped',
      lines: ['security.protocol=SSL', `ssl.keystore.key=${client.keyPem}`],
    },
    {
      why: 'a JAAS line cut in two',
      lines: [...plain, `sasl.jaas.config=${plainLogin} required username="a"`, 'hunter2'],
    },
    {
      why: 'other problems beside a password',
      lines: [...plain, 'sasl.username=a', 'sasl.password=hunter2', 'acsk=1'],
    },
  ])('are not shown by an error: $why', ({ lines }) => {
    const error = refusal(withBootstrap(...lines))
    expectHidden(error, { ...error }, error.message, error.hint, error.stack)
  })

  it('reach a worker all the same', () => {
    const { settings } = read(withBootstrap(...plain, 'sasl.username=a', 'sasl.password=hunter2'))
    expect(structuredClone(settings).sasl).toEqual({ mechanism: 'PLAIN', username: 'a', password: 'hunter2' })
  })
})
