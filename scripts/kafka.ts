// `npm run kafka`: a real Apache Kafka on this machine until Ctrl-C.
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type ConfigProblem, configError, exitCodes, isMillraceError } from '../core/errors.ts'
import {
  installDirOf,
  type KafkaCluster,
  type KafkaOptions,
  kafkaVersionDefault,
  type SaslMechanism,
  type SecurityProtocol,
  saslMechanisms,
  securityProtocols,
  startKafka,
} from '../test/kafka/harness/index.ts'

const help = `Starts Apache Kafka (KRaft) on this machine, prints its bootstrap address and runs until Ctrl-C.

  npm run kafka -- [options]

  --brokers 1|3            how many brokers (default 1)
  --version X.Y.Z          Kafka from Maven Central (default ${kafkaVersionDefault})
  --security PROTOCOL      ${securityProtocols.join(' | ')} (default PLAINTEXT)
  --sasl-mechanism NAME    ${saslMechanisms.join(' | ')}; may be repeated (default SCRAM-SHA-512)
  --port N                 of the first broker, the next take the next ports (default: a free one)
  --properties KEY=VALUE   any server.properties setting; may be repeated
  --heap-mb N              heap of each broker (default 1024)
  --help
`

const flags = {
  brokers: { type: 'string' },
  version: { type: 'string' },
  security: { type: 'string' },
  'sasl-mechanism': { type: 'string', multiple: true },
  port: { type: 'string' },
  properties: { type: 'string', multiple: true },
  'heap-mb': { type: 'string' },
  help: { type: 'boolean' },
} as const

/** Options from argv, or 'help'. Throws one error that names every problem. */
function parseKafkaFlags(argv: readonly string[]): KafkaOptions | 'help' {
  const values = parseFlags(argv)
  if (values.help) return 'help'
  const problems: ConfigProblem[] = []
  const options: KafkaOptions = {
    brokers: numberOf('--brokers', values.brokers ?? '1', problems, [1, 3]) as 1 | 3,
    ...(values.version === undefined ? {} : { version: values.version }),
    ...(values.security === undefined
      ? {}
      : { security: oneOf<SecurityProtocol>('--security', values.security, securityProtocols, problems) }),
    ...(values['sasl-mechanism'] === undefined
      ? {}
      : {
          saslMechanisms: values['sasl-mechanism'].map(name =>
            oneOf<SaslMechanism>('--sasl-mechanism', name, saslMechanisms, problems),
          ),
        }),
    ...(values.port === undefined ? {} : { port: numberOf('--port', values.port, problems) }),
    ...(values['heap-mb'] === undefined ? {} : { heapMb: numberOf('--heap-mb', values['heap-mb'], problems) }),
    properties: Object.fromEntries((values.properties ?? []).map(pair => splitPair(pair, problems))),
  }
  if (values['sasl-mechanism'] !== undefined && !values.security?.startsWith('SASL_')) {
    problems.push({ path: '--sasl-mechanism', message: 'needs --security SASL_PLAINTEXT or SASL_SSL' })
  }
  if (problems.length > 0) throw configError(problems)
  return options
}

function parseFlags(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: flags }).values
  } catch (error) {
    throw configError([{ path: 'argv', message: error instanceof Error ? error.message : String(error) }], {
      cause: error,
    })
  }
}

function numberOf(path: string, text: string, problems: ConfigProblem[], allowed?: readonly number[]): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || (allowed !== undefined && !allowed.includes(value))) {
    problems.push({
      path,
      message: `"${text}" is not ${allowed === undefined ? 'a whole number' : allowed.join(' or ')}`,
    })
  }
  return value
}

function oneOf<T extends string>(path: string, text: string, allowed: readonly T[], problems: ConfigProblem[]): T {
  const found = allowed.find(each => each === text.toUpperCase())
  if (found === undefined) problems.push({ path, message: `"${text}" is none of ${allowed.join(', ')}` })
  return found ?? allowed[0]!
}

function splitPair(pair: string, problems: ConfigProblem[]): readonly [string, string] {
  const at = pair.indexOf('=')
  if (at < 1) problems.push({ path: '--properties', message: `"${pair}" is not KEY=VALUE` })
  return [pair.slice(0, at), pair.slice(at + 1)]
}

async function describeCluster(cluster: KafkaCluster, isSecured: boolean): Promise<string> {
  const lines = [
    `Kafka ${cluster.version} is ready`,
    `bootstrap:         ${cluster.bootstrap}`,
    ...(isSecured ? [`client properties: ${await cluster.writeClientProperties()}`] : []),
    ...(isSecured ? [`admin (PLAINTEXT): ${cluster.adminBootstrap}`] : []),
    ...cluster.brokers.map(broker => `broker ${broker.id}:          pid ${broker.pid}, log ${broker.logPath}`),
    'Ctrl-C stops it and removes its data.',
  ]
  return lines.join('\n')
}

async function main(): Promise<void> {
  const options = parseKafkaFlags(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(help)
    return
  }
  const stopRequested = Promise.withResolvers<void>()
  // A second signal leaves at once, here and during the start: the harness kills the brokers of a process that is gone.
  let isReady = false
  let isStopping = false
  const onSignal = () => {
    if (!isReady || isStopping) process.exit(exitCodes.interrupted)
    isStopping = true
    stopRequested.resolve()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)

  const version = options.version ?? kafkaVersionDefault
  const isInstalled = existsSync(installDirOf(version))
  console.error(`Starting Kafka ${version}${isInstalled ? '' : ', after fetching it from Maven Central'} ...`)
  const cluster = await startKafka(options)
  isReady = true
  console.log(await describeCluster(cluster, (options.security ?? 'PLAINTEXT') !== 'PLAINTEXT'))
  await stopRequested.promise
  console.error('Stopping ...')
  await cluster.stop()
}

try {
  await main()
} catch (error) {
  if (!isMillraceError(error)) throw error
  console.error(`error ${error.code}: ${error.message}\n${error.hint}`)
  process.exitCode = error.exitCode
}
