// What the settings of a replay must keep to: some of it can be known at once, the rest when the profile is read.
import type { ConfigProblem } from '../../core/errors.ts'
import { encodeHeaders } from '../../wire/record-batch/frame.ts'
import type { Profile } from '../payload/profile.ts'
import { stampHeaderBytes } from '../payload/stamp.ts'
import { replayRate } from '../schedule/replay.ts'
import type { Rule } from './bench-checks.ts'
import { type BenchOptions, type FlagKey, flagPath } from './bench-options.ts'

/** Batch header (61 bytes) and the longest lengths and deltas in front of one record. */
const recordOverheadBytes = 61 + 21

/** Of a record, what is neither key nor value. */
export const besidesBytes = ({ header, stamp }: BenchOptions): number =>
  encodeHeaders(header).length + (stamp === 'header' ? stampHeaderBytes : 0) + recordOverheadBytes

export const replayRules: readonly Rule[] = [
  ({ options: { payload }, given }) =>
    payload.kind === 'replay' && given('keys')
      ? { at: 'keys', message: 'has no effect with --payload replay, whose profile has the keys: leave one out' }
      : undefined,

  ({ options: { payload, partitioner } }) =>
    payload.kind !== 'replay' && partitioner?.kind === 'replay'
      ? { at: 'partitioner', message: 'replay is by the profile of --payload replay:PROFILE' }
      : undefined,

  ({ options: { payload, replaySpeed } }) =>
    payload.kind !== 'replay' && replaySpeed !== undefined
      ? { at: 'replaySpeed', message: 'needs --payload replay:PROFILE, whose gaps it keeps' }
      : undefined,

  ({ options: { replaySpeed }, given }) =>
    replaySpeed !== undefined && given('rate')
      ? { at: 'replaySpeed', message: 'keeps the gaps of the profile, and a rate makes others: leave one out' }
      : undefined,
]

/** With the pace of the profile as the rate, where that was asked for. */
export function withReplayRate(options: BenchOptions, profile: Profile | undefined): BenchOptions {
  const { replaySpeed, payload, rate } = options
  if (replaySpeed === undefined || payload.kind !== 'replay' || profile === undefined || rate !== undefined)
    return options
  return { ...options, rate: replayRate(profile, payload.path, replaySpeed) }
}

/** What no rule can know before the profile is read. */
export function profileProblems(profile: Profile, options: BenchOptions): ConfigProblem[] {
  const { partitioner, partitions, topic, replaySpeed, batchBytes } = options
  const problem = (key: FlagKey, message: string) => [{ path: flagPath(key), message }]
  const bytes = bytesMaxOf(profile) + besidesBytes(options)
  const highest = profile.partitions?.reduce((one, other) => Math.max(one, other))
  return [
    ...(bytes > batchBytes
      ? problem('batchBytes', `must hold the largest record of the profile: ${bytes} bytes with its key and headers`)
      : []),
    ...(partitioner?.kind === 'replay' && highest === undefined
      ? problem('partitioner', 'replay needs the partition of every record, and the profile does not tell it')
      : []),
    ...(partitioner?.kind === 'replay' && highest !== undefined && topic === undefined && highest >= partitions
      ? problem(
          'partitioner',
          `partition ${highest} of the profile is not among the ${partitions} of the topic (from 0)`,
        )
      : []),
    ...(replaySpeed !== undefined && (profile.timesMs?.at(-1) ?? 0) === 0
      ? problem('replaySpeed', 'the profile does not tell when its records were, or all were at one time')
      : []),
  ]
}

const bytesMaxOf = ({ sizes, keyOf, keys }: Profile): number =>
  sizes.reduce((most, size, index) => Math.max(most, Math.max(0, size) + (keys[keyOf[index]!]?.length ?? 0)), 0)
