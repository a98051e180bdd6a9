// From a scenario without a function to the run that makes its messages: an iteration is one message, a VU is a request in
// flight (of a consumer: a worker), and the executor says when.
import type { BenchPlan, ConsumePlan, ProducePlan, TransactionsPlan, VuPlan } from '../plan.ts'
import {
  type ExecutorModel,
  maxVusOf,
  regularDurationMs,
  type ScenarioModel,
  type TestModel,
} from '../scenario/model.ts'
import { ratePlanOf } from '../scenario/read-executor.ts'
import { type Striping, scaled, stripingByVus, stripingOf, wholeStriping } from '../scenario/segment.ts'

export const shareOf = ({ segment, segments }: Pick<TestModel, 'segment' | 'segments'>): Striping =>
  stripingOf(segment, segments) ?? wholeStriping

/** Of a scenario, what this part of the test runs. */
export function shareOfScenario(model: Pick<TestModel, 'segment' | 'segments'>, executor: ExecutorModel): Striping {
  const isSharedOut = executor.kind === 'shared-iterations' || 'maxVus' in executor
  if (!isSharedOut) return shareOf(model)
  return stripingByVus(model.segment, model.segments, maxVusOf(executor)) ?? wholeStriping
}

export interface DeclarativeScenario extends ScenarioModel {
  readonly topic: NonNullable<ScenarioModel['topic']>
}

/** Undefined: of this part of the test the scenario has no VU, and so nothing to do. */
export function benchOfScenario(scenario: DeclarativeScenario, share: Striping): BenchPlan | undefined {
  const { executor, role, client, driver, topic, seed, warmupMs, consume } = scenario
  const vus = scaled(maxVusOf(executor), share)
  const records = iterationsOf(executor, share)
  if (vus === 0 || records === 0) return undefined
  return {
    mode: role,
    client,
    ...(driver !== undefined && { driver }),
    topic,
    workers: Math.min(scenario.workers, vus, records ?? Number.POSITIVE_INFINITY),
    seed,
    warmupMs,
    durationMs: Math.max(1, regularDurationMs(executor) - warmupMs),
    ...(records !== undefined && { records }),
    ...(scenario.produce !== undefined && { produce: produceOf(scenario, scenario.produce, share) }),
    ...(consume !== undefined && {
      consume: { ...withOwnIds(scenario, consume, share), ...paceOf(scenario, share) },
    }),
  }
}

function iterationsOf(executor: ExecutorModel, share: Striping): number | undefined {
  if (executor.kind === 'shared-iterations') return scaled(executor.iterations, share)
  if (executor.kind === 'per-vu-iterations') return executor.iterations * scaled(executor.vus, share)
  return undefined
}

const part = (share: Striping) => (share.lcd === 1 ? {} : { share })

function produceOf(scenario: ScenarioModel, plan: ProducePlan, share: Striping): ProducePlan {
  const { executor, gracefulStopMs } = scenario
  const vus: VuPlan =
    executor.kind === 'ramping-vus'
      ? { startVus: executor.startVus, stages: executor.stages, ...part(share) }
      : { startVus: maxVusOf(executor), stages: [], ...part(share) }
  const drainMsMax = Math.min(plan.deliveryTimeoutMs, gracefulStopMs)
  const { transactions } = plan
  return {
    ...{ ...plan, vus, drainMsMax },
    ...(transactions !== undefined && { transactions: { ...transactions, id: idOf(scenario, transactions, share) } }),
    ...(plan.rate !== undefined && { rate: { ...plan.rate, ...part(share) } }),
  }
}

/** Producers of two scenarios, or of two parts of a test, would fence each other under one id. */
const idOf = ({ name }: ScenarioModel, { id }: TransactionsPlan, { lcd, start }: Striping): string =>
  [id, name, ...(lcd === 1 ? [] : [`part${start}`])].join('-')

function withOwnIds(scenario: ScenarioModel, consume: ConsumePlan, share: Striping): ConsumePlan {
  const { process } = consume
  const transactions = process?.handling?.transactions
  if (transactions === undefined) return consume
  const own = { ...transactions, id: idOf(scenario, transactions, share) }
  return { ...consume, process: { ...process!, handling: { ...process!.handling!, transactions: own } } }
}

/** A consumer with a rate reads no faster: a slow consumer. */
function paceOf({ executor, role }: ScenarioModel, share: Striping) {
  const rate = role === 'consume' ? ratePlanOf(executor) : undefined
  return rate === undefined ? {} : { rate: { ...rate, ...part(share) } }
}
