// Gets Apache Kafka from Maven Central into a cache, once a version, safe when several processes do it at once.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { configError, MillraceError } from '../../../core/errors.ts'
import { runCommand } from './tools.ts'

/** Newest 4.x that is whole on Maven Central: 4.4.0 has a broker there, but no kafka-tools. */
export const kafkaVersionDefault = '4.3.1'
/** Newest of the last line that still speaks the request versions which 4.0 dropped (KIP-896). */
export const kafkaVersionOldest = '3.9.2'

const versionsWithoutTools: readonly string[] = ['4.4.0']

/** The version whose tools go with this broker. */
export const toolsVersionOf = (version: string) =>
  versionsWithoutTools.includes(version) ? kafkaVersionDefault : version

/** The log4j2 of the pinned 4.x; its slf4j binding is the one part that Kafka leaves to the distribution. */
const log4jVersion = '2.25.4'
const hdrHistogramVersion = '2.2.2'
export const jmxExporterVersion = '1.0.1'
const installTimeoutMs = 300_000

export interface InstallOptions {
  readonly cacheDir?: string
  readonly mavenCommand?: string
}

export function cacheDirDefault(env: NodeJS.ProcessEnv = process.env): string {
  return env.MILLRACE_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'millrace')
}

export const installDirOf = (version: string, cacheDir = cacheDirDefault()) => join(cacheDir, `kafka-${version}`)

/** The directory that holds `libs/` and the log settings of this version; fetched on first use. */
export async function installKafka(
  version: string = kafkaVersionDefault,
  options: InstallOptions = {},
): Promise<string> {
  if (!/^\d+\.\d+\.\d+$/.test(version)) {
    throw configError([
      { path: '--version', message: `"${version}" is not a Kafka version like ${kafkaVersionDefault}` },
    ])
  }
  const installDir = installDirOf(version, options.cacheDir ?? cacheDirDefault())
  return installOnce(installDir, async buildDir => {
    await fetchJars(`Kafka ${version}`, kafkaArtifacts(version), buildDir, options.mavenCommand ?? 'mvn')
    await writeLogSettings(buildDir)
  })
}

/** Fills this directory of the cache when it is not there yet: all of it or nothing, whoever else does the same. */
export async function installOnce(installDir: string, fill: (buildDir: string) => Promise<void>): Promise<string> {
  if (existsSync(installDir)) return installDir
  const cacheDir = dirname(installDir)
  await mkdir(cacheDir, { recursive: true })
  const buildDir = await mkdtemp(join(cacheDir, `.${basename(installDir)}-`))
  try {
    await fill(buildDir)
    await publish(buildDir, installDir)
  } finally {
    await rm(buildDir, { recursive: true, force: true })
  }
  return installDir
}

/** The jar of HdrHistogram, whose HistogramLogProcessor is what .hlog files are for; fetched on first use. */
export async function hdrHistogramJar(cacheDir = cacheDirDefault()): Promise<string> {
  const artifact = ['org.hdrhistogram', 'HdrHistogram', hdrHistogramVersion] as const
  const installDir = await installOnce(join(cacheDir, `hdrhistogram-${hdrHistogramVersion}`), buildDir =>
    fetchJars(`HdrHistogram ${hdrHistogramVersion}`, [artifact], buildDir, 'mvn'),
  )
  return join(installDir, 'libs', `HdrHistogram-${hdrHistogramVersion}.jar`)
}

/** The Prometheus JMX exporter, as an agent of the JVM; fetched on first use. */
export async function jmxExporterJar(cacheDir = cacheDirDefault()): Promise<string> {
  const artifact = ['io.prometheus.jmx', 'jmx_prometheus_javaagent', jmxExporterVersion] as const
  const installDir = await installOnce(join(cacheDir, `jmx-exporter-${jmxExporterVersion}`), buildDir =>
    fetchJars(`JMX exporter ${jmxExporterVersion}`, [artifact], buildDir, 'mvn'),
  )
  return join(installDir, 'libs', `jmx_prometheus_javaagent-${jmxExporterVersion}.jar`)
}

/** Kafka Connect with its file connectors, on top of an installed Kafka, whose log settings it shares; fetched on first use. */
export async function connectLibs(version: string, cacheDir = cacheDirDefault()) {
  const installDir = await installKafka(version, { cacheDir })
  const artifacts = [
    ...['connect-runtime', 'connect-file'].map(name => ['org.apache.kafka', name, version] as const),
    ...loggers,
  ]
  const connectDir = await installOnce(join(cacheDir, `connect-${version}`), buildDir =>
    fetchJars(`Kafka Connect ${version}`, artifacts, buildDir, 'mvn'),
  )
  return { installDir, libsDir: join(connectDir, 'libs') }
}

/** Kafka Streams alone, to be put beside an installed Kafka: without RocksDB, which only its stores need; fetched on first use. */
export async function streamsLibs(version: string, cacheDir = cacheDirDefault()) {
  const installDir = await installKafka(version, { cacheDir })
  const artifacts = [['org.apache.kafka', 'kafka-streams', version] as const]
  const streamsDir = await installOnce(join(cacheDir, `streams-${version}`), buildDir =>
    fetchJars(`Kafka Streams ${version}`, artifacts, buildDir, 'mvn', ['-DexcludeTransitive=true']),
  )
  return { installDir, libsDir: join(streamsDir, 'libs') }
}

/** A rename is the commit: whoever comes second finds the directory there and drops his own. */
async function publish(buildDir: string, installDir: string): Promise<void> {
  try {
    await rename(buildDir, installDir)
  } catch (error) {
    if (!existsSync(installDir)) throw error
  }
}

type Artifact = readonly [group: string, name: string, version: string]

async function fetchJars(
  what: string,
  artifacts: readonly Artifact[],
  buildDir: string,
  mavenCommand: string,
  options: readonly string[] = [],
) {
  await writeFile(join(buildDir, 'pom.xml'), pom(artifacts))
  const goal = ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${join(buildDir, 'libs')}`, ...options]
  const result = await runCommand(mavenCommand, goal, { cwd: buildDir, timeoutMs: installTimeoutMs })
  if (result.code === 0) return
  throw new MillraceError('TOOL_MISSING', `Maven could not fetch ${what}:\n${firstError(result.stdout)}`, {
    hint: 'Check the version and that repo.maven.apache.org can be reached (a proxy goes in ~/.m2/settings.xml).',
  })
}

const firstError = (output: string) => output.split('\n').find(line => line.includes('ERROR')) ?? output.slice(0, 500)

const loggers = ['log4j-api', 'log4j-core', 'log4j-slf4j-impl'].map(
  artifact => ['org.apache.logging.log4j', artifact, log4jVersion] as const,
)

function kafkaArtifacts(version: string): Artifact[] {
  const isLog4j2 = Number(version.split('.')[0]) >= 4
  return [
    ['org.apache.kafka', 'kafka_2.13', version],
    ...(toolsVersionOf(version) === version ? [['org.apache.kafka', 'kafka-tools', version] as const] : []),
    ...(isLog4j2 ? loggers : []),
  ]
}

function pom(artifacts: readonly Artifact[]): string {
  const dependencies = artifacts.map(([group, artifact, wanted]) => {
    const coordinates = `<groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${wanted}</version>`
    return `    <dependency>${coordinates}</dependency>`
  })
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    '  <groupId>millrace</groupId><artifactId>kafka-libs</artifactId><version>1</version><packaging>pom</packaging>',
    '  <dependencies>',
    ...dependencies,
    '  </dependencies>',
    '</project>',
    '',
  ].join('\n')
}

// The broker's standard output is its log file; the tools answer on standard output, so they log on standard error.
async function writeLogSettings(buildDir: string): Promise<void> {
  const pattern = '[%d] %p %m (%c)%n'
  for (const [use, level, stream] of [
    ['broker', 'INFO', 'SYSTEM_OUT'],
    ['tools', 'WARN', 'SYSTEM_ERR'],
  ] as const) {
    await writeFile(
      join(buildDir, `${use}-log4j2.properties`),
      [
        'appender.console.type=Console',
        'appender.console.name=console',
        `appender.console.target=${stream}`,
        'appender.console.layout.type=PatternLayout',
        `appender.console.layout.pattern=${pattern}`,
        `rootLogger.level=${level}`,
        'rootLogger.appenderRef.console.ref=console',
        '',
      ].join('\n'),
    )
    await writeFile(
      join(buildDir, `${use}-log4j.properties`),
      [
        `log4j.rootLogger=${level}, console`,
        'log4j.appender.console=org.apache.log4j.ConsoleAppender',
        `log4j.appender.console.target=${stream === 'SYSTEM_OUT' ? 'System.out' : 'System.err'}`,
        'log4j.appender.console.layout=org.apache.log4j.PatternLayout',
        `log4j.appender.console.layout.ConversionPattern=${pattern}`,
        '',
      ].join('\n'),
    )
  }
}
