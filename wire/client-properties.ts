// Every property that Kafka's Java clients (3.9 to 4.3) and librdkafka know, by what it means here. A name that is in none
// of these lists is a typing mistake, and is reported with the name that was probably meant.

/** How to reach a broker. */
export const connectionNames = [
  'bootstrap.servers',
  'metadata.broker.list', // librdkafka's other name for it
  'client.id',
  'security.protocol',
  'socket.connection.setup.timeout.ms',
  'request.timeout.ms',
  'reconnect.backoff.ms',
  'reconnect.backoff.max.ms',
  'retry.backoff.ms',
  'metadata.max.age.ms',
] as const

/** Those without another owner below are librdkafka's spellings. */
export const tlsNames = [
  'ssl.truststore.type',
  'ssl.truststore.location',
  'ssl.truststore.certificates',
  'ssl.ca.location',
  'ssl.ca.pem',
  'ssl.keystore.type',
  'ssl.keystore.location',
  'ssl.keystore.certificate.chain',
  'ssl.keystore.key',
  'ssl.certificate.location',
  'ssl.certificate.pem',
  'ssl.key.location',
  'ssl.key.pem',
  'ssl.key.password',
  'ssl.endpoint.identification.algorithm',
] as const

export const saslNames = [
  'sasl.mechanism',
  'sasl.mechanisms', // librdkafka
  'sasl.jaas.config',
  'sasl.username', // librdkafka, as is the password
  'sasl.password',
  'sasl.oauthbearer.token', // our own: a token as it is
  'sasl.oauthbearer.token.endpoint.url',
  'sasl.oauthbearer.client.credentials.client.id', // KIP-1139
  'sasl.oauthbearer.client.credentials.client.secret',
  'sasl.oauthbearer.scope',
  'sasl.oauthbearer.client.id', // librdkafka, as is the secret
  'sasl.oauthbearer.client.secret',
  'https.ca.location', // librdkafka: the CA of the token endpoint
] as const

/** Mean nothing to a connection, but say how this user's clients produce and consume: defaults for a benchmark. */
export const hintNames = [
  'acks',
  'auto.offset.reset',
  'batch.size',
  'buffer.memory',
  'compression.type',
  'delivery.timeout.ms',
  'enable.idempotence',
  'fetch.max.bytes',
  'fetch.max.wait.ms',
  'fetch.min.bytes',
  'group.id',
  'isolation.level',
  'linger.ms',
  'max.in.flight.requests.per.connection',
  'max.partition.fetch.bytes',
] as const

/** Valid, and without effect here. `config.providers` is not among them: its references would go unresolved. */
export const ignoredNames: readonly string[] = `
  allow.auto.create.topics auto.commit.interval.ms auto.include.jmx.reporter bootstrap.controllers check.crcs
  client.dns.lookup client.rack compression.gzip.level compression.lz4.level compression.zstd.level
  connections.max.idle.ms default.api.timeout.ms enable.auto.commit enable.metrics.push
  exclude.internal.topics group.instance.id group.protocol group.remote.assignor heartbeat.interval.ms
  interceptor.classes internal.leave.group.on.close internal.throw.on.fetch.stable.offset.unsupported key.deserializer
  key.serializer max.block.ms max.poll.interval.ms max.poll.records max.request.size metadata.max.idle.ms
  metadata.recovery.rebootstrap.trigger.ms metadata.recovery.strategy metric.reporters metrics.num.samples
  metrics.recording.level metrics.sample.window.ms partition.assignment.strategy partitioner.adaptive.partitioning.enable
  partitioner.availability.timeout.ms partitioner.class partitioner.ignore.keys receive.buffer.bytes retries
  retry.backoff.max.ms sasl.client.callback.handler.class sasl.kerberos.kinit.cmd
  sasl.kerberos.min.time.before.relogin sasl.kerberos.service.name sasl.kerberos.ticket.renew.jitter
  sasl.kerberos.ticket.renew.window.factor sasl.login.callback.handler.class sasl.login.class
  sasl.login.connect.timeout.ms sasl.login.read.timeout.ms sasl.login.refresh.buffer.seconds
  sasl.login.refresh.min.period.seconds sasl.login.refresh.window.factor sasl.login.refresh.window.jitter
  sasl.login.retry.backoff.max.ms sasl.login.retry.backoff.ms sasl.oauthbearer.assertion.algorithm
  sasl.oauthbearer.assertion.claim.aud sasl.oauthbearer.assertion.claim.exp.seconds
  sasl.oauthbearer.assertion.claim.iss sasl.oauthbearer.assertion.claim.jti.include
  sasl.oauthbearer.assertion.claim.nbf.seconds sasl.oauthbearer.assertion.claim.sub sasl.oauthbearer.assertion.file
  sasl.oauthbearer.assertion.private.key.file sasl.oauthbearer.assertion.private.key.passphrase
  sasl.oauthbearer.assertion.template.file sasl.oauthbearer.clock.skew.seconds sasl.oauthbearer.expected.audience
  sasl.oauthbearer.expected.issuer sasl.oauthbearer.header.urlencode sasl.oauthbearer.jwks.endpoint.refresh.ms
  sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms sasl.oauthbearer.jwks.endpoint.retry.backoff.ms
  sasl.oauthbearer.jwks.endpoint.url sasl.oauthbearer.jwt.retriever.class sasl.oauthbearer.jwt.validator.class
  sasl.oauthbearer.scope.claim.name sasl.oauthbearer.sub.claim.name security.providers send.buffer.bytes
  session.timeout.ms share.acknowledgement.mode share.acquire.mode socket.connection.setup.timeout.max.ms
  ssl.cipher.suites ssl.enabled.protocols ssl.engine.factory.class ssl.keymanager.algorithm ssl.keystore.password
  ssl.protocol ssl.provider ssl.secure.random.implementation ssl.trustmanager.algorithm ssl.truststore.password
  transaction.timeout.ms transaction.two.phase.commit.enable transactional.id value.deserializer value.serializer

  api.version.request batch.num.messages broker.address.family compression.codec compression.level debug
  enable.partition.eof enable.ssl.certificate.verification fetch.message.max.bytes fetch.wait.max.ms
  log.connection.close max.in.flight message.max.bytes message.send.max.retries message.timeout.ms
  queue.buffering.max.kbytes queue.buffering.max.messages queue.buffering.max.ms queued.max.messages.kbytes
  request.required.acks sasl.oauthbearer.config sasl.oauthbearer.extensions sasl.oauthbearer.method
  socket.keepalive.enable socket.nagle.disable socket.timeout.ms statistics.interval.ms
  topic.metadata.refresh.interval.ms
`
  .trim()
  .split(/\s+/)

/** Other components' settings that templates put into the same file. */
const foreignPrefixes = [
  ...[
    'schema.registry.',
    'basic.auth.',
    'bearer.auth.',
    'auto.register.',
    'value.subject.',
    'key.subject.',
    'confluent.',
  ],
]

export const understoodNames: readonly string[] = [...connectionNames, ...tlsNames, ...saslNames]

const ignored = new Set(ignoredNames)
const hints = new Set<string>(hintNames)
const understood = new Set([...understoodNames, 'config.providers'])

export type PropertyMeaning = 'understood' | 'hint' | 'ignored' | 'unknown'

export function meaningOf(name: string): PropertyMeaning {
  if (understood.has(name)) return 'understood'
  if (hints.has(name)) return 'hint'
  if (ignored.has(name) || foreignPrefixes.some(prefix => name.startsWith(prefix))) return 'ignored'
  return 'unknown'
}

export const allNames: readonly string[] = [...understood, ...hints, ...ignored]
