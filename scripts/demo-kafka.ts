// `npm run demo -- --kafka`: the main job against the real thing. Starts an Apache Kafka of its own, drives it with
// `millrace bench produce`, reads everything back with `millrace bench consume`, and leaves nothing behind.
import { spawn } from 'node:child_process'
import { startKafka } from '../test/kafka/harness/index.ts'

const topic = 'millrace-demo'
/** At a few million records a second of 100 bytes a log fills fast: bounded to about 3.5 GB. */
const recordsMax = '30000000'

const produce = [
  ...['bench', 'produce', '--topic', topic, '--keep-topic', '--partitions', '6', '--record-size', '100', '--acks', '1'],
  ...['--warmup', '3s', '--duration', '12s', '--records', recordsMax],
]
const consume = ['bench', 'consume', '--topic', topic, '--until-end']

function millrace(args: readonly string[]): Promise<number> {
  console.log(`\n$ millrace ${args.join(' ')}\n`)
  const child = spawn(process.execPath, ['cli/main.ts', ...args], { stdio: 'inherit' })
  return new Promise(resolve => child.on('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 105)))
}

/** Resolves with the exit code. */
export async function demoOnKafka(): Promise<number> {
  console.log('Starting a local Apache Kafka (fetched from Maven Central the first time) …')
  const kafka = await startKafka({ brokers: 1 })
  // Ctrl-C reaches the bench run as well, which drains and reports; the demo then ends by itself.
  let interrupted = false
  process.on('SIGINT', () => {
    interrupted = true
  })
  try {
    console.log(`Apache Kafka ${kafka.version} is ready at ${kafka.bootstrap}`)
    for (const args of [produce, consume]) {
      const exitCode = interrupted ? 105 : await millrace([...args, '--bootstrap', kafka.bootstrap])
      if (exitCode !== 0) return exitCode
    }
    console.log('\nThat was your machine with one broker beside the generator. Point it at a cluster of yours:')
    console.log(
      '  npm run millrace -- bench produce --bootstrap host:9092 --topic my-topic --rate 100k/s --duration 1m',
    )
    return 0
  } finally {
    await kafka.stop()
  }
}
