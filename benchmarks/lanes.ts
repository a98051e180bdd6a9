// `npm run bench:lanes -- [--rounds 4] [--seconds 4] [--record]`: what the scripted lane costs. The same messages against the same embedded
// broker (a process of its own, in null mode), in turns: without a function, with one that sends a message a call, with one that sends a
// hundred, and with one that does nothing. What counts are the ratios; about two minutes.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startBrokerProcess } from '../cli/broker-process.ts'
import { countText, fixedText } from '../loadgen/report/format.ts'
import { testResultModel } from '../loadgen/test/result.ts'
import { tell } from './bars/data.ts'
import { median } from './statistics.ts'

const lanes = {
  declarative: { what: 'without a function: an iteration is a message', metric: 'iterations' },
  hundred: { what: 'a function that sends 100 messages a call, 20 VUs', metric: 'records_produced' },
  one: { what: 'a function that sends one message a call and awaits it, 200 VUs', metric: 'records_produced' },
  empty: { what: 'a function that does nothing, 20 VUs (iterations, not messages)', metric: 'iterations' },
} as const
type Lane = keyof typeof lanes

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '4' },
    record: { type: 'boolean', default: false },
  },
})

const cli = fileURLToPath(new URL('../cli/main.ts', import.meta.url))
const file = fileURLToPath(new URL('scenarios/lanes.ts', import.meta.url))
const dir = mkdtempSync(join(tmpdir(), 'millrace-lanes-'))

/** Per second. */
async function measured(lane: Lane, bootstrap: string): Promise<number> {
  const out = join(dir, `${lane}.json`)
  const env = ['-e', `LANE=${lane}`, '-e', `SECONDS=${values.seconds}`]
  const child = spawn(process.execPath, [cli, 'run', file, '--bootstrap', bootstrap, ...env, '--quiet', '--out', out], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`${lane}: millrace run ended with ${code}`)
  const { metrics, durationSeconds } = testResultModel.parse(JSON.parse(readFileSync(out, 'utf8')))
  return (metrics[lanes[lane].metric]?.values.count ?? Number.NaN) / durationSeconds
}

const names = Object.keys(lanes) as Lane[]
const rates = new Map<Lane, number[]>(names.map(name => [name, []]))
const broker = await startBrokerProcess({ nullMode: true })
try {
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const perSec = await measured(name, broker.bootstrap)
      rates.get(name)!.push(perSec)
      console.log(`round ${round + 1}  ${name.padEnd(12)} ${countText(perSec)}/s`)
    }
  }
} finally {
  await broker.close()
  rmSync(dir, { recursive: true, force: true })
}

const base = median(rates.get('declarative')!) ?? Number.NaN
tell(
  {
    id: 'lanes',
    command: 'npm run bench:lanes',
    goal: `What a function costs: 100-byte values, two workers, embedded broker in null mode; medians of ${values.rounds} runs of ${values.seconds} s, with the start of the run.`,
    passed: null,
    heads: ['', 'messages/s', 'of the lane without a function'],
    rows: names.map(name => {
      const perSec = median(rates.get(name)!) ?? Number.NaN
      return [lanes[name].what, countText(perSec), `1/${fixedText(base / perSec, 1)}`]
    }),
    notes: [],
  },
  values.record,
)
