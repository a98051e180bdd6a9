// What a load generator calls once a request, V8 sees a few hundred times a second: with its default of 3,000 calls it would still
// be optimizing such functions after twenty seconds, beside what is measured (8 % of the generator's CPU time, 10 to 19 s into
// a run). Sooner, that is over within the warm-up. The setting is the process's; it costs no more than a recompilation now and then.
import { setFlagsFromString } from 'node:v8'

const callsBeforeOptimizing = 300
let isSet = false

/** Before the threads that it is for are started. */
export function optimizeEarly(): void {
  if (isSet) return
  isSet = true
  setFlagsFromString(`--invocation-count-for-turbofan=${callsBeforeOptimizing}`)
}
