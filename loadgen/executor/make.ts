// From the model of an executor to one that runs.
import type { ExecutorModel } from '../scenario/model.ts'
import { ArrivalExecutor } from './arrival.ts'
import type { Executor, ExecutorContext } from './contract.ts'
import { LoopExecutor } from './loops.ts'
import { RampExecutor } from './ramp.ts'

export function makeExecutor(executor: ExecutorModel, context: ExecutorContext): Executor {
  switch (executor.kind) {
    case 'constant-arrival-rate':
    case 'ramping-arrival-rate':
      return new ArrivalExecutor(executor, context)
    case 'ramping-vus':
      return new RampExecutor(executor, context)
    default:
      return new LoopExecutor(executor, context)
  }
}
