// Writes test/fixtures/wire/grammar.json: the schemas and errors compiled into Apache Kafka, as facts for the tests to
// compare ours with. To be run again when a newer Kafka is out: node scripts/kafka-grammar.ts [version]
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MillraceError } from '../core/errors.ts'
import { installKafka, runCommand } from '../test/kafka/harness/index.ts'
import { apis } from '../wire/apis/index.ts'

const newest = '4.4.0'
const program = join(import.meta.dirname, 'KafkaGrammar.java')
const outPath = join(import.meta.dirname, '../test/fixtures/wire/grammar.json')

interface VersionGrammar {
  readonly version: number
  readonly flexible: boolean
  readonly request: readonly string[]
  readonly response: readonly string[]
}

const version = process.argv[2] ?? newest
const libs = join(await installKafka(version), 'libs', '*')
const keys = apis.map(api => String(api.key))
const result = await runCommand('java', ['-cp', libs, program, ...keys])
if (result.code !== 0) throw new MillraceError('OUTPUT_FAILED', `KafkaGrammar did not run:\n${result.stderr}`)

const grammar = JSON.parse(result.stdout) as { apis: { key: number; versions: VersionGrammar[] }[]; errors: unknown[] }
const compact = grammar.apis.map(({ key, versions }) => ({ key, versions: versions.map(withoutRepeats) }))
await writeFile(outPath, `${JSON.stringify({ kafka: version, apis: compact, errors: grammar.errors }, null, 1)}\n`)
console.log(`${outPath}: Kafka ${version}, ${compact.length} APIs, ${grammar.errors.length} errors`)

/** A side that equals the version before it is left out: most versions change one side or nothing. */
function withoutRepeats(current: VersionGrammar, index: number, versions: readonly VersionGrammar[]) {
  const previous = versions[index - 1]
  const changed = (side: 'request' | 'response') =>
    String(previous?.[side]) === String(current[side]) && previous ? {} : { [side]: current[side] }
  return { version: current.version, flexible: current.flexible, ...changed('request'), ...changed('response') }
}
