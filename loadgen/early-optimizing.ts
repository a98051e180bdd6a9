// What a producer calls once a request, V8 sees a few hundred times a second: with its default it would still be optimizing such
// functions after twenty seconds, beside what is measured (8 % of the generator's CPU time, 10 to 19 s into a run). Sooner, that is
// over within the warm-up. Consumers call the same functions for every batch: V8 is early enough by itself, and what it optimizes
// with so little seen of it is slower (by 5 % where every record is decoded).
import { setFlagsFromString } from 'node:v8'
import type { WorkerRole } from './worker/contract.ts'

/** `default`: V8's own. */
const callsBeforeOptimizing = { early: 300, default: 3_000 }

/** Before the threads of a run are started. The setting is the process's, so each run makes its own. */
export function optimizeFor(roles: readonly WorkerRole[]): void {
  const calls = callsBeforeOptimizing[roles.every(role => role === 'produce') ? 'early' : 'default']
  setFlagsFromString(`--invocation-count-for-turbofan=${calls}`)
}
