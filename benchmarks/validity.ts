// Does the verdict on the numbers name the right side? Runs what is known to be wrong, each ten times, and counts:
//
//   npm run bench:validity                        all four, about 5 minutes; Linux, at least 2 CPUs, nothing else running
//   npm run bench:validity -- healthy --runs 10   one of them
//
// healthy:             a rate that both sides can do, nothing else running; a verdict other than valid is a false alarm
// saturated-generator: the generator may use one CPU only (taskset), which busy loops use as well, at a rate above what is left
// saturated-broker:    the embedded broker with a slow disk, then throttled, at a rate above what it takes
// competing-load:      a rate that both sides can do, and busy loops on all CPUs: what a neighbour does to a machine. Steal itself
//                      takes a hypervisor; the unit tests feed it in as figures of /proc/stat.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import type { Result } from '../loadgen/result.ts'
import { tell } from './bars/data.ts'
import { median } from './statistics.ts'

const cli = new URL('../cli/main.ts', import.meta.url).pathname

interface Scenario {
  readonly what: string
  readonly expected: NonNullable<Result['validity']>['verdict']
  /** Flags of the broker, by run. */
  readonly broker: (run: number) => readonly string[]
  readonly rate: string
  /** CPU that the generator is confined to, and the one of its broker. */
  readonly pinned?: { readonly generator: number; readonly broker: number }
  readonly busyLoops: number
}

const cpus = availableParallelism()

const scenarios: Readonly<Record<string, Scenario>> = {
  healthy: {
    what: '20,000 records/s, nothing else running',
    expected: 'valid',
    broker: () => [],
    rate: '20k/s',
    busyLoops: 0,
  },
  'saturated-generator': {
    what: '4,000,000 records/s, the generator confined to one CPU with three busy loops, the broker on the other',
    expected: 'generator-limited',
    broker: () => ['--null'],
    rate: '4m/s',
    pinned: { generator: 0, broker: 1 },
    busyLoops: 3,
  },
  'saturated-broker': {
    what: '100,000 records/s at a broker with a slow disk (1 MB/s), or throttled',
    expected: 'broker-limited',
    broker: run => ['--fault', run % 2 === 0 ? 'slow-disk:rate=1MB/s' : 'throttle:by=200ms,api=Produce'],
    rate: '100k/s',
    busyLoops: 0,
  },
  'competing-load': {
    what: '20,000 records/s, busy loops on all CPUs',
    expected: 'disturbed',
    broker: () => [],
    rate: '20k/s',
    busyLoops: 2 * cpus,
  },
}

const node = (args: readonly string[], cpu: number | undefined): ChildProcess => {
  const command = cpu === undefined ? [process.execPath] : ['taskset', '-c', String(cpu), process.execPath]
  return spawn(command[0]!, [...command.slice(1), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function ended(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

async function textOf(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout!.on('data', chunk => {
    text += chunk
  })
  await once(child, 'close')
  return text
}

/** "bootstrap  127.0.0.1:40123" */
async function bootstrapOf(broker: ChildProcess): Promise<string> {
  let text = ''
  for await (const chunk of broker.stdout!) {
    text += chunk
    const [, bootstrap] = /^bootstrap\s+(\S+)$/m.exec(text) ?? []
    if (bootstrap !== undefined) return bootstrap
  }
  throw new Error(`the broker did not start: ${text}`)
}

async function runOnce({ broker: brokerFlags, rate, pinned, busyLoops }: Scenario, run: number): Promise<Result> {
  const broker = node([cli, 'broker', '--port', '0', ...brokerFlags(run)], pinned?.broker)
  const bootstrap = await bootstrapOf(broker)
  broker.stdout!.resume()
  const loops = Array.from({ length: busyLoops }, () => node(['-e', 'for (;;);'], pinned?.generator))
  try {
    const load = ['--rate', rate, '--workers', '2', '--warmup', '1s', '--duration', '4s', '--buffer-bytes', '4MiB']
    const flags = ['--bootstrap', bootstrap, ...load, '--json', '--quiet']
    return JSON.parse(await textOf(node([cli, 'bench', 'produce', ...flags], pinned?.generator))) as Result
  } finally {
    await Promise.all([broker, ...loops].map(ended))
  }
}

interface Outcome {
  readonly scenario: string
  readonly expected: string
  readonly verdicts: readonly string[]
  readonly runs: readonly Pick<Result, 'validity' | 'audit'>[]
}

async function measureScenario(name: string, runs: number): Promise<Outcome> {
  const scenario = scenarios[name]!
  const results: Result[] = []
  for (let run = 0; run < runs; run++) {
    const result = await runOnce(scenario, run)
    results.push(result)
    const [reason] = result.validity!.reasons
    console.error(`${name} ${run + 1}: ${result.validity!.verdict}; ${reason?.message ?? result.validity!.finding}`)
  }
  return {
    scenario: name,
    expected: scenario.expected,
    verdicts: results.map(({ validity }) => validity!.verdict),
    runs: results.map(({ validity, audit }) => ({ validity: validity!, audit: audit! })),
  }
}

const figureNames = ['a worker ran', 'waited for a processor', 'was held up by the broker', 'others, of one CPU']

/** Medians over the runs, of the busiest worker of each. */
function figuresOf(audits: readonly NonNullable<Result['audit']>[]): string[] {
  const most = (of: (worker: NonNullable<Result['audit']>['workers'][number]) => number | null | undefined) =>
    median(audits.map(({ workers }) => Math.max(...workers.map(worker => of(worker) ?? 0))))
  const figures = [
    most(({ cpuPercent }) => cpuPercent),
    most(({ runQueuePercent }) => runQueuePercent),
    most(({ brokerWaitPercent, bufferFullPercent }) => Math.max(brokerWaitPercent ?? 0, bufferFullPercent ?? 0)),
    median(audits.map(({ machine }) => machine.othersCpuPercent ?? 0)),
  ]
  return figures.map(figure => `${(figure ?? 0).toFixed(1)} %`)
}

const counted = (verdicts: readonly string[]): string =>
  [...new Set(verdicts)].map(verdict => `${verdict} ${verdicts.filter(each => each === verdict).length}`).join(', ')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '10' },
    out: { type: 'string' },
    record: { type: 'boolean', default: false },
  },
})
const unknown = positionals.filter(name => scenarios[name] === undefined)
if (unknown.length > 0)
  throw new Error(`no such scenario: ${unknown.join(', ')}; one of ${Object.keys(scenarios).join(', ')}`)
function tellOutcome({ scenario, expected, verdicts, runs }: Outcome): void {
  const right = verdicts.filter(verdict => verdict === expected).length
  const found = {
    id: `validity-${scenario}`,
    command: `npm run bench:validity -- ${scenario}`,
    goal: `${scenarios[scenario]!.what}: the verdict is \`${expected}\` in at least 9 of 10 runs.`,
    // Nine of ten.
    passed: right >= 0.9 * verdicts.length,
    heads: ['right', 'verdicts', ...figureNames],
    rows: [[`${right} of ${verdicts.length}`, counted(verdicts), ...figuresOf(runs.map(({ audit }) => audit!))]],
    notes: [],
  }
  tell(found, values.record)
}

const outcomes: Outcome[] = []
for (const name of positionals.length > 0 ? positionals : Object.keys(scenarios)) {
  const outcome = await measureScenario(name, Number(values.runs))
  outcomes.push(outcome)
  tellOutcome(outcome)
}
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(outcomes, undefined, 2)}\n`)
