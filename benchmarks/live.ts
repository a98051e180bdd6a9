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
import { cases, costHeads, costRow, type Figures, figuresOf, inTurns, measureCases } from './cost.ts'
import type { LatencyRun } from './latency/runs.ts'
import { median } from './statistics.ts'

const shareMax = 0.03

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '6' },
    seconds: { type: 'string', default: '4' },
    record: { type: 'boolean', default: false },
  },
})

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

async function measure(name: string): Promise<void> {
  const { what, perSec } = cases[name]!
  const run: LatencyRun = {
    seconds: Number(values.seconds),
    warmupMs: 1_500,
    nullMode: true,
    ...(perSec === undefined ? {} : { perSec }),
  }
  const { withIt: withPage, without } = await inTurns(
    Number(values.rounds),
    isWatched => (isWatched ? watched(run) : figuresOf(run)),
    (round, one, other) =>
      console.log(`${name} ${round + 1}: ${one.perSec.toFixed(0)} with, ${other.perSec.toFixed(0)} without`),
  )
  // Of neighbours in time: the machine is then the same for both.
  const cost = 1 - (median(withPage.map(({ perSec }, round) => perSec / without[round]!.perSec)) ?? Number.NaN)
  const found = {
    id: `live-${name}`,
    command: `npm run bench:live -- ${name}`,
    goal: `The live page costs at most 3 % of throughput: ${what}, one viewer, 2 workers, embedded broker in null mode; medians of ${values.rounds} pairs of runs of ${values.seconds} s.`,
    passed: cost <= shareMax,
    heads: costHeads,
    rows: [costRow('with the page', withPage), costRow('without', without)],
    notes: [`It costs ${(cost * 100).toFixed(1)} % of throughput (median over pairs).`],
  }
  tell(found, values.record)
}

await measureCases(positionals, measure)
