// `npm run bench:recording -- [million | flat] [--rounds 4] [--seconds 3] [--record]`: what recording costs. The same run with
// all that is recorded of a record (three histograms, its sequence and its time) and with nothing, in turns, two workers against
// the embedded broker in null mode:
//   million     1,000,000/s are offered: the bar; the throughput shows whether it is kept, the CPU what it takes
//   flat        as fast as it goes, without a schedule
import { parseArgs } from 'node:util'
import { tell } from './bars/data.ts'
import { cases, costHeads, costRow, figuresOf, inTurns, measureCases, medianOf } from './cost.ts'
import type { LatencyRun } from './latency/runs.ts'

const shareMax = 0.15

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '3' },
    record: { type: 'boolean', default: false },
  },
})
const seconds = Number(values.seconds)

function runOf(perSec: number | undefined, isRecording: boolean): LatencyRun {
  const produce = {
    ...(isRecording ? {} : { recording: 'none' as const }),
    // What is asked for beyond what can be done is given up at once, so that a saturated run ends with its time.
    ...(perSec === undefined ? {} : { late: { policy: 'drop' as const, maxMs: 200 } }),
  }
  return {
    seconds,
    warmupMs: 2_000,
    nullMode: true,
    produce,
    ...(perSec === undefined ? {} : { perSec }),
  }
}

async function measure(name: string): Promise<void> {
  const { what, perSec } = cases[name]!
  const { withIt: all, without: none } = await inTurns(Number(values.rounds), isRecording =>
    figuresOf(runOf(perSec, isRecording)),
  )
  const cost = 1 - medianOf(all, 'perSec') / medianOf(none, 'perSec')
  const found = {
    id: `recording-${name}`,
    command: `npm run bench:recording -- ${name}`,
    goal: `Recording three histograms and sequences costs at most 15 % of throughput: ${what}, 2 workers, embedded broker in null mode; medians of ${values.rounds} runs of ${seconds} s.`,
    passed: cost <= shareMax,
    heads: costHeads,
    rows: [costRow('everything recorded', all), costRow('nothing recorded', none)],
    notes: [`It costs ${(cost * 100).toFixed(1)} % of throughput.`],
  }
  tell(found, values.record)
}

await measureCases(positionals, measure)
