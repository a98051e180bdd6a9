// One error class and one closed table of codes. A code says what went wrong, the message says where, the hint says
// what to do about it, and the exit code is what a script or a CI job sees. Nothing user-facing is thrown that is not
// in this table; anything else that reaches the top is a bug and is reported as INTERNAL.

export interface ErrorKind {
  readonly exitCode: number
  readonly hint: string
}

/** Process exit codes; docs/exit-codes.md. From 99 on they are k6's, the others are grouped by cause. */
export const exitCodes = {
  ok: 0,
  internal: 1,
  deliveryMismatch: 10,
  failedSends: 11,
  notValid: 12,
  recordsDropped: 13,
  inconclusive: 14,
  cannotConnect: 20,
  authentication: 21,
  authorization: 22,
  topic: 23,
  requestRefused: 24,
  connectionLost: 25,
  output: 30,
  toolMissing: 31,
  findings: 40,
  thresholds: 99,
  setupTimeout: 100,
  teardownTimeout: 101,
  invalidConfig: 104,
  interrupted: 105,
  scriptException: 107,
  scriptAborted: 108,
  scriptFailed: 110,
} as const

export const errorKinds = {
  INTERNAL: { exitCode: exitCodes.internal, hint: 'This is a bug in millrace: please report it with the text above.' },
  CONFIG_INVALID: {
    exitCode: exitCodes.invalidConfig,
    hint: 'Correct the settings named above; `--help` lists them all.',
  },
  STORE_FORMAT: {
    exitCode: exitCodes.invalidConfig,
    hint: 'Convert the store to PEM: openssl pkcs12 -in store.p12 -out store.pem (for JKS first: keytool -importkeystore -srckeystore store.jks -destkeystore store.p12 -deststoretype PKCS12), then set ssl.truststore.type=PEM or ssl.keystore.type=PEM.',
  },
  BROKER_UNREACHABLE: {
    exitCode: exitCodes.cannotConnect,
    hint: 'Check host and port of --bootstrap, that the broker is up, and that its advertised.listeners can be reached from here.',
  },
  CONNECTION_CLOSED: {
    exitCode: exitCodes.connectionLost,
    hint: 'The broker closed the connection. Check its log; a TLS or SASL listener closes plaintext connections.',
  },
  NOT_KAFKA: {
    exitCode: exitCodes.cannotConnect,
    hint: 'The port answers, but not in the Kafka protocol. Check the port and security.protocol (a TLS listener needs SSL or SASL_SSL).',
  },
  TLS_FAILED: {
    exitCode: exitCodes.cannotConnect,
    hint: 'Check that the port is a TLS listener, that ssl.truststore.* holds the CA that signed its certificate, and that the host name is in the certificate.',
  },
  AUTHENTICATION_FAILED: {
    exitCode: exitCodes.authentication,
    hint: 'Check sasl.mechanism, user name and password, and that the broker enables the mechanism on this listener.',
  },
  AUTHORIZATION_FAILED: {
    exitCode: exitCodes.authorization,
    hint: 'Ask for the missing ACL, or use a principal or a topic that has it.',
  },
  TOPIC_UNKNOWN: {
    exitCode: exitCodes.topic,
    hint: 'Check the spelling, or let this run create the topic with --partitions (it is deleted afterwards).',
  },
  GROUP_UNKNOWN: {
    exitCode: exitCodes.topic,
    hint: 'Check the spelling (names are case-sensitive); without --group all groups are listed.',
  },
  CAPTURE_EMPTY: {
    exitCode: exitCodes.topic,
    hint: 'Capture for longer (--duration), or from what is there already: --from earliest.',
  },
  GROUP_NOT_FORMED: {
    exitCode: exitCodes.topic,
    hint: 'Look with `millrace lag --group` who else is a member; give the run a group of its own, or leave --group out.',
  },
  TOPIC_CREATE_FAILED: { exitCode: exitCodes.topic, hint: 'Change the topic settings to what the cluster allows.' },
  RECORD_TOO_LARGE: {
    exitCode: exitCodes.topic,
    hint: 'Lower --record-size or --batch-bytes, or raise max.message.bytes of the topic (--topic-config max.message.bytes=N).',
  },
  REQUEST_REFUSED: {
    exitCode: exitCodes.requestRefused,
    hint: 'The broker answered with this protocol error; see its log.',
  },
  PRODUCER_FENCED: {
    exitCode: exitCodes.requestRefused,
    hint: 'Another producer has taken this transactional id, or a transaction was open for longer than --transaction-timeout: give each run a --transactional-id of its own, commit more often, or raise the timeout.',
  },
  REQUEST_TIMEOUT: {
    exitCode: exitCodes.connectionLost,
    hint: 'The broker did not answer in time. Check its load, or raise --request-timeout.',
  },
  QUEUE_FULL: {
    exitCode: exitCodes.connectionLost,
    hint: 'The broker answers more slowly than requests are made: lower the rate, or look at its load.',
  },
  VERSION_UNSUPPORTED: {
    exitCode: exitCodes.requestRefused,
    hint: 'This broker is too old or too new for a request that is needed here; millrace is tested with Kafka 3.9 and 4.3.',
  },
  BATCH_CORRUPT: {
    exitCode: exitCodes.requestRefused,
    hint: 'A record batch failed its checks: the log segment or the path to it is damaged.',
  },
  FRAME_CORRUPT: {
    exitCode: exitCodes.requestRefused,
    hint: 'A response did not follow the protocol; check what sits between this host and the broker.',
  },
  CLIENT_MISSING: {
    exitCode: exitCodes.toolMissing,
    hint: 'Install the client beside millrace (npm install NAME), or leave out --client.',
  },
  SIDE_FAILED: {
    exitCode: exitCodes.cannotConnect,
    hint: 'The text above is what the command of this side said: it has to work by itself first.',
  },
  CLIENT_FAILED: {
    exitCode: exitCodes.failedSends,
    hint: 'The client under test gave up with this error: its own documentation says more. The same run with --client wire shows whether it is the cluster.',
  },
  REGISTRY_FAILED: {
    exitCode: exitCodes.cannotConnect,
    hint: 'Check schema.registry.url and its credentials, that the subject takes this schema (compatibility), or set auto.register.schemas=false for a schema that is there already.',
  },
  SENDS_FAILED: {
    exitCode: exitCodes.failedSends,
    hint: 'The error counts by code say which sends failed; see the broker log.',
  },
  RECORDS_DROPPED: {
    exitCode: exitCodes.recordsDropped,
    hint: 'Brokers or generator could not keep the schedule: lower --rate, raise --late-max, or take drops as part of the result with --late drop.',
  },
  DELIVERY_MISMATCH: {
    exitCode: exitCodes.deliveryMismatch,
    hint: 'The brokers hold another number of records than they acknowledged: look for other writers on the topic, retries without --idempotent, or lost data. With --acks 0 a broker drops what it cannot store and closes the connection: --acks 1 says why.',
  },
  RECORDS_MISSING: {
    exitCode: exitCodes.deliveryMismatch,
    hint: 'Records that must be in the topic were not read: look at retention, at --from, and at the broker log.',
  },
  RUN_NOT_VALID: {
    exitCode: exitCodes.notValid,
    hint: 'The reasons say what limited or disturbed the run, and docs/validity.md what to do about each.',
  },
  RECORDS_LOST: {
    exitCode: exitCodes.deliveryMismatch,
    hint: 'Records that were acknowledged are not in the topic, or were not read: look at the broker log, at retention, and at --acks. consume.accounting.worst says where.',
  },
  RECORDS_DUPLICATED: {
    exitCode: exitCodes.deliveryMismatch,
    hint: 'Records are in the topic more than once. Without --idempotent a retry may do that; with it, look at what else writes to the topic.',
  },
  RECORDS_REORDERED: {
    exitCode: exitCodes.deliveryMismatch,
    hint: 'An idempotent producer keeps its records in order: look at the broker log.',
  },
  THRESHOLDS_CROSSED: {
    exitCode: exitCodes.thresholds,
    hint: 'The thresholds marked with ✗ say what was crossed, and by how much.',
  },
  BOOKS_UNREADABLE: {
    exitCode: exitCodes.deliveryMismatch,
    hint: 'Give the file that the producing run wrote with --out. It must be there when the reading run ends, not before.',
  },
  BOOKS_MISMATCH: {
    exitCode: exitCodes.deliveryMismatch,
    hint: 'More was read of the run than its books know of: give the books of the whole run, and look for who else writes to the topic.',
  },
  ABORTED_RECORDS_READ: {
    exitCode: exitCodes.deliveryMismatch,
    hint: 'With read_committed nobody is to see what a transaction has aborted: look at the broker log, and at unclean leader elections.',
  },
  CLOCK_UNREACHABLE: {
    exitCode: exitCodes.cannotConnect,
    hint: 'Clocks are compared by UDP: check that --clock-listen of the producers names an address of their host and a free port, that --clock-peer names the same, and what filters datagrams in between.',
  },
  PROMETHEUS_UNREACHABLE: {
    exitCode: exitCodes.cannotConnect,
    hint: 'Check the address of --prometheus: what a browser opens as the page of Prometheus, with a path where a proxy wants one.',
  },
  SCRIPT_EXCEPTION: {
    exitCode: exitCodes.scriptException,
    hint: 'The script threw outside of an iteration (while it was loaded, in setup or in teardown): the text above says where.',
  },
  SCRIPT_ABORTED: { exitCode: exitCodes.scriptAborted, hint: 'The script has ended the test by test.abort().' },
  SCRIPT_FAILED: { exitCode: exitCodes.scriptFailed, hint: 'The script has failed the test by test.fail().' },
  SETUP_TIMEOUT: { exitCode: exitCodes.setupTimeout, hint: 'Raise setupTimeout, or let setup() do less.' },
  TEARDOWN_TIMEOUT: { exitCode: exitCodes.teardownTimeout, hint: 'Raise teardownTimeout, or let teardown() do less.' },
  OUTPUT_FAILED: { exitCode: exitCodes.output, hint: 'Check the path, its permissions and the free space.' },
  TOOL_MISSING: {
    exitCode: exitCodes.toolMissing,
    hint: 'Install Java 17 or newer (java, keytool), Apache Maven (mvn) and openssl, for instance: apt-get install openjdk-17-jdk-headless maven openssl.',
  },
  INTERRUPTED: {
    exitCode: exitCodes.interrupted,
    hint: 'The run was stopped by a signal; its result covers the time until then.',
  },
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof errorKinds

export interface MillraceErrorOptions {
  /** What the user can do; the table's hint when left out. */
  readonly hint?: string
  readonly cause?: unknown
  /** Worth trying again after a pause or a metadata refresh (network trouble, leader moves). */
  readonly retriable?: boolean
  /** Error code of the Kafka protocol, when a broker sent one. */
  readonly kafkaCode?: number
  /** What configError was made of, so that several readers' problems can be told in one error. */
  readonly problems?: readonly ConfigProblem[]
}

export class MillraceError extends Error {
  override readonly name = 'MillraceError'
  readonly code: ErrorCode
  readonly hint: string
  readonly exitCode: number
  readonly retriable: boolean
  readonly kafkaCode: number | undefined
  readonly problems: readonly ConfigProblem[]

  constructor(code: ErrorCode, message: string, options: MillraceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint ?? errorKinds[code].hint
    this.exitCode = errorKinds[code].exitCode
    this.retriable = options.retriable ?? false
    this.kafkaCode = options.kafkaCode
    this.problems = options.problems ?? []
  }
}

export const isMillraceError = (error: unknown): error is MillraceError => error instanceof MillraceError

export interface ConfigProblem {
  /** Where: `--rate`, `MILLRACE_RATE`, `client.properties:3 sasl.jaas.config`. */
  readonly path: string
  /** What is wrong and what would be right. */
  readonly message: string
}

/** All problems of a configuration at once, each with its path. */
export function configError(problems: readonly ConfigProblem[], options: MillraceErrorOptions = {}): MillraceError {
  const lines = problems.map(problem => `  ${problem.path}: ${problem.message}`)
  const heading = problems.length === 1 ? 'one setting is not valid:' : `${problems.length} settings are not valid:`
  return new MillraceError('CONFIG_INVALID', [heading, ...lines].join('\n'), { ...options, problems })
}
