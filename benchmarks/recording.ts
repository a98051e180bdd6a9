// `npm run bench:recording -- [million | flat] [--rounds 4] [--seconds 3] [--record]`: what recording costs. The same run with
// all that is recorded of a record (three histograms, its sequence and its time) and with nothing, in turns, two workers against
// the embedded broker in null mode:
//   million     1,000,000/s are offered: the bar; the throughput shows whether it is kept, the CPU what it takes
//   flat        as fast as it goes, without a schedule
import { parseArgs } from 'node:util'
import { tell } from './bars/data.ts'
import { type LatencyRun, runOnce } from './latency/runs.ts'
import { median } from './statistics.ts'

const shareMax = 0.15

const cases: Readonly<Record<string, { readonly what: string; readonly perSec?: number }>> = {
  million: { what: '1,000,000 records/s offered', perSec: 1_000_000 },
  flat: { what: 'flat out' },
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '3' },
    record: { type: 'boolean', default: false },
  },
})
const seconds = Number(values.seconds)

interface Figures {
  readonly perSec: number
  readonly cpuUs: number
  readonly achieved: number
}

async function figuresOf(perSec: number | undefined, isRecording: boolean): Promise<Figures> {
  const produce = {
    ...(isRecording ? {} : { recording: 'none' as const }),
    // What is asked for beyond what can be done is given up at once, so that a saturated run ends with its time.
    ...(perSec === undefined ? {} : { late: { policy: 'drop' as const, maxMs: 200 } }),
  }
  const run: LatencyRun = {
    seconds,
    warmupMs: 2_000,
    nullMode: true,
    produce,
    ...(perSec === undefined ? {} : { perSec }),
  }
  const { result } = await runOnce(run)
  const { recordsPerSec, records, offered = records } = result.produce!
  return { perSec: recordsPerSec, cpuUs: result.cpuUsPerRecord ?? Number.NaN, achieved: records / offered }
}

async function measure(name: string): Promise<void> {
  const { what, perSec } = cases[name]!
  const all: Figures[] = []
  const none: Figures[] = []
  for (let round = 0; round < Number(values.rounds); round++) {
    // Turns that change sides, so that a machine that grows slower favours neither.
    for (const isRecording of round % 2 === 0 ? [true, false] : [false, true]) {
      ;(isRecording ? all : none).push(await figuresOf(perSec, isRecording))
    }
  }
  const of = (figures: readonly Figures[], key: keyof Figures) =>
    median(figures.map(figure => figure[key])) ?? Number.NaN
  const row = (label: string, figures: readonly Figures[]) => [
    label,
    `${(of(figures, 'perSec') / 1e6).toFixed(3)} M`,
    `${(of(figures, 'achieved') * 100).toFixed(2)} %`,
    of(figures, 'cpuUs').toFixed(3),
  ]
  const cost = 1 - of(all, 'perSec') / of(none, 'perSec')
  const found = {
    id: `recording-${name}`,
    command: `npm run bench:recording -- ${name}`,
    goal: `Recording three histograms and sequences costs at most 15 % of throughput: ${what}, 2 workers, embedded broker in null mode; medians of ${values.rounds} runs of ${seconds} s.`,
    passed: cost <= shareMax,
    heads: ['', 'records/s', 'of what was offered', 'CPU µs/record'],
    rows: [row('everything recorded', all), row('nothing recorded', none)],
    notes: [`It costs ${(cost * 100).toFixed(1)} % of throughput.`],
  }
  tell(found, values.record)
}

for (const name of positionals.length === 0 ? Object.keys(cases) : positionals) {
  if (cases[name] === undefined) throw new Error(`no such case: ${name}`)
  await measure(name)
}
