// One combination of a sweep: its topic is produced to flat out, read back to its end, and removed.
import { MillraceError } from '../core/errors.ts'
import { pointOf } from '../loadgen/capacity/sweep/report.ts'
import type { PointRun } from '../loadgen/capacity/sweep/run.ts'
import { benchFlags } from '../loadgen/scenario/bench-flags.ts'
import type { FlagKey, GivenFlag } from '../loadgen/scenario/bench-options.ts'
import { flagName } from '../loadgen/scenario/flag.ts'
import { deleteTopic } from '../wire/admin.ts'
import { Cluster } from '../wire/cluster.ts'
import type { ClientSettings } from '../wire/settings.ts'
import { argsOf, type TrialRunner, trialFlagKeys } from './plan-trials.ts'

/** Process, topic and drain, beside what is measured. */
const overheadMs = 3_000

export interface PointTimes {
  readonly measuredMs: number
  readonly warmupMs: number
  readonly consumes: boolean
}

export const perPointMs = ({ measuredMs, warmupMs, consumes }: PointTimes): number =>
  overheadMs + warmupMs + measuredMs + (consumes ? overheadMs + measuredMs : 0)

/** Of a setting of bench produce. */
export const keyOf = (name: string): FlagKey => trialFlagKeys('produce').find(key => flagName(key) === name)!

export const pointFlags = (settings: Readonly<Record<string, string>>): GivenFlag[] =>
  Object.entries(settings).flatMap(([name, text]) => {
    const key = keyOf(name)
    if (benchFlags[key].kind !== 'switch') return [{ key, text }]
    return text === 'true' ? [{ key, text: '' }] : []
  })

interface PointAsked extends PointTimes {
  readonly settings: Readonly<Record<string, string>>
  readonly topic: string
  readonly flags: readonly GivenFlag[]
  readonly client: ClientSettings
  readonly runner: TrialRunner
}

const connectionKeys: ReadonlySet<FlagKey> = new Set<FlagKey>([
  'bootstrap',
  'commandConfig',
  'property',
  'requestTimeout',
  'workers',
])

export async function runPoint({
  settings,
  topic,
  flags,
  client,
  runner,
  measuredMs,
  warmupMs,
  consumes,
}: PointAsked): Promise<PointRun> {
  const given = [...flags, ...pointFlags(settings)]
  const times = [`--duration=${measuredMs}ms`, `--warmup=${warmupMs}ms`]
  try {
    const produced = await runner.run('produce', [...argsOf(given), ...times, `--topic=${topic}`, '--keep-topic'])
    const isThere = consumes && produced.verdict === 'ok' && (produced.produce?.records ?? 0) > 0
    const connection = argsOf(given.filter(({ key }) => connectionKeys.has(key)))
    // What was written is all there is to read: no warm-up, which would take it away.
    const consumed = isThere
      ? await runner.run('consume', [
          ...connection,
          `--topic=${topic}`,
          '--warmup=0s',
          '--no-stamps',
          '--decode=headers',
        ])
      : undefined
    return { point: pointOf(settings, produced, consumed), environment: produced.environment }
  } finally {
    await removeTopic(client, topic)
  }
}

/** Made by this point, so nobody else's. */
export async function removeTopic(client: ClientSettings, topic: string): Promise<void> {
  const cluster = await Cluster.connect(client)
  try {
    await deleteTopic(cluster, topic)
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code !== 'TOPIC_UNKNOWN') throw error
  } finally {
    await cluster.close()
  }
}
