// `npm run bench:rate -- [--seconds 60] [--record]`: 1,000,000 records/s by two workers against the embedded broker, which stores and
// checks every record: what is offered is exact, what is acknowledged within the time is within 0.1 % of it.
import { parseArgs } from 'node:util'
import { tell } from './bars/data.ts'
import { runOnce } from './latency/runs.ts'

const perSec = 1_000_000
const shareMax = 0.001

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, record: { type: 'boolean', default: false } },
})
const seconds = Number(values.seconds)
const { result } = await runOnce({ perSec, seconds })
const { offered = 0, sent = 0, records, latency, lateness } = result.produce!
const off = records / (perSec * seconds) - 1
const number = (value: number) => value.toLocaleString('en-US')
const found = {
  id: 'rate',
  command: 'npm run bench:rate',
  goal: `${number(perSec)} records/s of 100 bytes over ${seconds} s, 2 workers, embedded broker: offered exactly ${number(perSec * seconds)}, acknowledged in the time within 0.1 %.`,
  passed: offered === perSec * seconds && sent === offered && Math.abs(off) <= shareMax,
  heads: [
    'offered',
    'sent',
    'acknowledged in the time',
    'off',
    'response p50, ms',
    'response p99, ms',
    'lateness p99, ms',
    'CPU µs/record',
  ],
  rows: [
    [
      ...[number(offered), number(sent), number(records), `${(off * 100).toFixed(4)} %`],
      ...[latency!.p50Ms, latency!.p99Ms, lateness!.p99Ms].map(ms => ms.toFixed(2)),
      (result.cpuUsPerRecord ?? Number.NaN).toFixed(3),
    ],
  ],
  notes: [
    `Validity: ${result.validity!.verdict}; ${result.validity!.reasons[0]?.message ?? result.validity!.finding}.`,
  ],
}
tell(found, values.record)
