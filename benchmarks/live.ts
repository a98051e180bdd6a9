// `npm run bench:live -- [million | flat] [--rounds 6] [--seconds 4] [--record]`: what the live page costs. The same run with the page
// and somebody who looks at it (a process of its own that reads every event), and without, in turns, two workers against the embedded
// broker in null mode:
//   million     1,000,000/s are offered: the bar; the throughput shows whether it is kept, the CPU what it takes
//   flat        as fast as it goes: what the page takes is missing from the throughput
// Whoever looks is elsewhere as a rule. Here it shares the machine, so its CPU is part of the cost; a browser would draw besides.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { serveLive } from '../loadgen/live/web.ts'
import { tell } from './bars/data.ts'
import { type LatencyRun, runOnce } from './latency/runs.ts'
import { median } from './statistics.ts'

const shareMax = 0.03

const cases: Readonly<Record<string, { readonly what: string; readonly perSec?: number }>> = {
  million: { what: '1,000,000 records/s offered', perSec: 1_000_000 },
  flat: { what: 'flat out' },
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '6' },
    seconds: { type: 'string', default: '4' },
    record: { type: 'boolean', default: false },
  },
})

interface Figures {
  readonly perSec: number
  readonly cpuUs: number
  readonly achieved: number
}

/** Reads events as a browser does, and says at its end how many bytes there were. */
const viewer = `
const response = await fetch(process.argv[1] + 'events')
let bytes = 0
process.on('SIGTERM', () => { console.log(bytes); process.exit(0) })
console.log('looking')
try { for await (const chunk of response.body) bytes += chunk.length } catch {}
await new Promise(resolve => setTimeout(resolve, 60_000))
`

async function watched(run: LatencyRun): Promise<Figures> {
  const web = await serveLive({ host: '127.0.0.1', port: 0 })
  const child = spawn(process.execPath, ['--input-type=module', '-e', viewer, web.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let told = ''
  child.stdout.on('data', chunk => {
    told += chunk
  })
  let figures: Figures
  try {
    await once(child.stdout, 'data')
    web.begin('live')
    figures = await figuresOf({ ...run, hooks: { onTick: web.onTick, onView: web.onView } })
  } finally {
    child.kill()
    await once(child, 'close')
    await web.close()
  }
  const bytes = Number(told.trim().split('\n').at(-1))
  if (!(bytes > 10_000)) throw new Error(`the viewer saw no events: ${told}`)
  return figures
}

async function figuresOf(run: LatencyRun): Promise<Figures> {
  const { result } = await runOnce(run)
  const { recordsPerSec, records, offered = records } = result.produce!
  const cpuUs = result.cpuUsPerRecord ?? Number.NaN
  return { perSec: recordsPerSec, cpuUs, achieved: records / offered }
}

async function measure(name: string): Promise<void> {
  const { what, perSec } = cases[name]!
  const run: LatencyRun = {
    seconds: Number(values.seconds),
    warmupMs: 1_500,
    nullMode: true,
    ...(perSec === undefined ? {} : { perSec }),
  }
  const withPage: Figures[] = []
  const without: Figures[] = []
  for (let round = 0; round < Number(values.rounds); round++) {
    // Turns that change sides, so that a machine that grows slower favours neither.
    for (const isWatched of round % 2 === 0 ? [true, false] : [false, true]) {
      if (isWatched) withPage.push(await watched(run))
      else without.push(await figuresOf(run))
    }
    const [one, other] = [withPage[round]!, without[round]!]
    console.log(`${name} ${round + 1}: ${one.perSec.toFixed(0)} with, ${other.perSec.toFixed(0)} without`)
  }
  const of = (figures: readonly Figures[], key: keyof Figures) => median(figures.map(each => each[key])) ?? Number.NaN
  const row = (label: string, figures: readonly Figures[]) => [
    label,
    `${(of(figures, 'perSec') / 1e6).toFixed(3)} M`,
    `${(of(figures, 'achieved') * 100).toFixed(2)} %`,
    of(figures, 'cpuUs').toFixed(3),
  ]
  // Of neighbours in time: the machine is then the same for both.
  const cost = 1 - (median(withPage.map(({ perSec }, round) => perSec / without[round]!.perSec)) ?? Number.NaN)
  const found = {
    id: `live-${name}`,
    command: `npm run bench:live -- ${name}`,
    goal: `The live page costs at most 3 % of throughput: ${what}, one viewer, 2 workers, embedded broker in null mode; medians of ${values.rounds} pairs of runs of ${values.seconds} s.`,
    passed: cost <= shareMax,
    heads: ['', 'records/s', 'of what was offered', 'CPU µs/record'],
    rows: [row('with the page', withPage), row('without', without)],
    notes: [`It costs ${(cost * 100).toFixed(1)} % of throughput (median over pairs).`],
  }
  tell(found, values.record)
}

for (const name of positionals.length === 0 ? Object.keys(cases) : positionals) {
  if (cases[name] === undefined) throw new Error(`no such case: ${name}`)
  await measure(name)
}
