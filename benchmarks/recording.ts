// `npm run bench:recording`: what recording costs. The same run with all that is recorded of a record (three histograms, its
// sequence and its time) and with nothing, in turns, two workers against the embedded broker in null mode:
//   flat out      as fast as it goes, without a schedule
//   saturated     with a schedule that asks for more than can be done: every record has an intended time
//   1,000,000/s   what is offered; the throughput shows whether it is kept, the CPU what it takes

import { type LatencyRun, runOnce } from './latency/runs.ts'
import { median } from './statistics.ts'

const rounds = Number(process.argv[2] ?? 5)
const seconds = Number(process.argv[3] ?? 3)

const cases: readonly { readonly title: string; readonly perSec?: number }[] = [
  { title: 'flat out' },
  { title: 'saturated', perSec: 20_000_000 },
  { title: '1,000,000/s', perSec: 1_000_000 },
]

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
  const run: LatencyRun = { seconds, nullMode: true, produce, ...(perSec === undefined ? {} : { perSec }) }
  const { result } = await runOnce(run)
  const { recordsPerSec, records, offered = records } = result.produce!
  return { perSec: recordsPerSec, cpuUs: result.cpuUsPerRecord ?? Number.NaN, achieved: records / offered }
}

for (const { title, perSec } of cases) {
  const all: Figures[] = []
  const none: Figures[] = []
  for (let round = 0; round < rounds; round++) {
    // Turns that change sides, so that a machine that grows slower favours neither.
    for (const isRecording of round % 2 === 0 ? [true, false] : [false, true]) {
      ;(isRecording ? all : none).push(await figuresOf(perSec, isRecording))
    }
  }
  const of = (figures: readonly Figures[], key: keyof Figures) =>
    median(figures.map(figure => figure[key])) ?? Number.NaN
  const line = (figures: readonly Figures[]) =>
    `${(of(figures, 'perSec') / 1e6).toFixed(3)} M records/s, ${of(figures, 'cpuUs').toFixed(4)} µs of CPU each, ` +
    `${(of(figures, 'achieved') * 100).toFixed(3)} % of what was offered`
  const cost = 1 - of(all, 'perSec') / of(none, 'perSec')
  console.log(
    `${title}\n  everything: ${line(all)}\n  nothing:    ${line(none)}\n  costs ${(cost * 100).toFixed(1)} % of throughput`,
  )
}
