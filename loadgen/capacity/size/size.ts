// From measured inputs to brokers, partitions, disk and network. Pure arithmetic, each line told with its numbers.
//
//   W    bytes a second on the wire      peak x multiple / compression
//   in   W x R                           every replica is written once
//   out  W x (R - 1 + C x (1 + o / d))   followers, and C groups that catch up with an outage o within d
//   B    brokers, one of which may be lost: B - 1 of them must carry the load
import { formatBytes, formatDuration } from '../../../core/format.ts'
import { countText, fixedText } from '../../report/format.ts'
import type { Column, Line, Load, Resource, SizeInputs, SizeReport } from './model.ts'

const multiples = [1, 1.5, 2] as const
const replicasPerBrokerMax = 4_000
/** In bytes: what a broker of more than this takes long to copy anew. */
const diskPerBrokerLarge = 20e12

/** `doubts`: about the runs themselves. */
export function sizeReport(inputs: SizeInputs, doubts: readonly string[] = []): SizeReport {
  const wanted = [...new Set([...multiples, inputs.growth.value])].sort((a, b) => a - b)
  const columns = wanted.map(multiple => columnOf(inputs, multiple))
  const told = Object.values(inputs).filter(input => input !== undefined)
  return {
    kind: 'millrace-size-report',
    version: 1,
    inputs: told,
    columns,
    warnings: [...doubts, ...warningsOf(inputs, columns)],
  }
}

const rate = (bytesPerSec: number): string => `${fixedText(bytesPerSec / 1e6, 1)} MB/s`
const short = (value: number): string => String(Number(value.toPrecision(6)))

const valueIn = (inputs: SizeInputs) => (name: Exclude<keyof SizeInputs, 'brokerDisk'>) => inputs[name].value

/** What a multiple of the load takes of the cluster as a whole. */
interface Needs {
  /** The letters are those of the formulas. */
  readonly W: number
  readonly R: number
  readonly C: number
  readonly totalIn: number
  readonly totalOut: number
  readonly diskBytes: number
  /** Brokers that are left when one is lost. */
  readonly survivors: Readonly<Record<Resource, number>>
}

function needsOf(inputs: SizeInputs, multiple: number): Needs {
  const value = valueIn(inputs)
  const [R, C] = [value('replication'), value('groups')]
  const W = (value('peak') * multiple) / value('compression')
  const catchUp = 1 + value('outageSec') / value('drainSec')
  const totalIn = W * R
  const totalOut = W * (R - 1 + C * catchUp)
  const usable = 1 - value('headroom')
  const diskBytes = (W * value('retentionSec') * R) / value('diskFill')
  const survivors = {
    'network in': Math.ceil(totalIn / (value('brokerIn') * usable)),
    'network out': Math.ceil(totalOut / (value('brokerOut') * usable)),
    disk: inputs.brokerDisk === undefined ? 1 : Math.ceil(diskBytes / inputs.brokerDisk.value),
    // With one lost there is still a place for every replica.
    replication: R,
  }
  return { W, R, C, totalIn, totalOut, diskBytes, survivors }
}

export function columnOf(inputs: SizeInputs, multiple: number): Column {
  const needs = needsOf(inputs, multiple)
  const { W, R, totalIn, totalOut, diskBytes, survivors } = needs
  const [decidedBy, alive] = (Object.entries(survivors) as [Resource, number][]).reduce((most, each) =>
    each[1] > most[1] ? each : most,
  )
  const brokers = alive + 1
  const partitions = partitionsOf(inputs, brokers)
  const load = (count: number): Load => ({
    inBytesPerSec: totalIn / count,
    outBytesPerSec: totalOut / count,
    diskBytes: diskBytes / count,
    inShare: totalIn / count / inputs.brokerIn.value,
    outShare: totalOut / count / inputs.brokerOut.value,
  })
  return {
    multiple,
    isPlanned: multiple === inputs.growth.value,
    wireBytesPerSec: W,
    brokers,
    decidedBy,
    partitions,
    replicasPerBroker: Math.ceil((partitions * R) / brokers),
    diskBytes,
    perBroker: load(brokers),
    oneLost: load(brokers - 1),
    lines: [
      ...needLines(inputs, multiple, needs),
      {
        what: 'brokers',
        formula: 'the most of these, and R + 1 so that one lost leaves a place for every replica',
        filled: `max(${Object.values(survivors)
          .map(each => each + 1)
          .join(', ')})`,
        result: `${countText(brokers)}, by ${decidedBy}`,
      },
      partitionLine(inputs, brokers, partitions),
    ],
  }
}

function needLines(inputs: SizeInputs, multiple: number, needs: Needs): Line[] {
  const { W, R, C, totalIn, totalOut, diskBytes, survivors } = needs
  const value = valueIn(inputs)
  return [
    {
      what: 'on the wire',
      formula: 'W = peak x multiple / compression',
      filled: `${rate(value('peak'))} x ${short(multiple)} / ${short(value('compression'))}`,
      result: rate(W),
    },
    {
      what: 'network in, all brokers',
      formula: 'W x R',
      filled: `${rate(W)} x ${R}`,
      result: rate(totalIn),
    },
    {
      what: 'network out, all brokers',
      formula: 'W x (R - 1 + C x (1 + outage / drain))',
      filled: `${rate(W)} x (${R} - 1 + ${C} x (1 + ${formatDuration(1000 * value('outageSec'))} / ${formatDuration(1000 * value('drainSec'))}))`,
      result: rate(totalOut),
    },
    {
      what: 'brokers for network in',
      formula: 'ceil(in / (measured x (1 - headroom))) + 1 lost',
      filled: `ceil(${rate(totalIn)} / (${rate(value('brokerIn'))} x (1 - ${short(value('headroom'))}))) + 1`,
      result: countText(survivors['network in'] + 1),
    },
    {
      what: 'brokers for network out',
      formula: 'ceil(out / (measured x (1 - headroom))) + 1 lost',
      filled: `ceil(${rate(totalOut)} / (${rate(value('brokerOut'))} x (1 - ${short(value('headroom'))}))) + 1`,
      result: countText(survivors['network out'] + 1),
    },
    {
      what: 'disk, all brokers',
      formula: 'W x retention x R / fill',
      filled: `${rate(W)} x ${formatDuration(1000 * value('retentionSec'))} x ${R} / ${short(value('diskFill'))}`,
      result: formatBytes(diskBytes),
    },
    ...(inputs.brokerDisk === undefined
      ? []
      : [
          {
            what: 'brokers for disk',
            formula: 'ceil(disk / disk of a broker) + 1 lost',
            filled: `ceil(${formatBytes(diskBytes)} / ${formatBytes(inputs.brokerDisk.value)}) + 1`,
            result: countText(survivors.disk + 1),
          },
        ]),
  ]
}

/** Of the planned load in every column: adding partitions later moves keys. A multiple of the brokers spreads evenly. */
function partitionsOf(
  { peak, compression, growth, partitionProduce: p, partitionConsume: c, consumers }: SizeInputs,
  brokers: number,
): number {
  const T = peak.value / compression.value
  const needed = Math.max(Math.ceil(growth.value * Math.max(T / p.value, T / c.value)), consumers.value, 1)
  return Math.ceil(needed / brokers) * brokers
}

function partitionLine(
  { peak, compression, growth, partitionProduce: p, partitionConsume: c, consumers }: SizeInputs,
  brokers: number,
  partitions: number,
): Line {
  const T = peak.value / compression.value
  return {
    what: 'partitions',
    formula: 'max(ceil(growth x max(T / p, T / c)), consumers), up to a multiple of the brokers',
    filled: `max(ceil(${short(growth.value)} x max(${rate(T)} / ${rate(p.value)}, ${rate(T)} / ${rate(c.value)})), ${consumers.value}), multiple of ${brokers}`,
    result: countText(partitions),
  }
}

function warningsOf(inputs: SizeInputs, columns: readonly Column[]): string[] {
  const { replication, minInsync, groups, brokerIn } = inputs
  const crowded = columns.filter(({ replicasPerBroker }) => replicasPerBroker > replicasPerBrokerMax)
  const huge = columns.filter(({ perBroker }) => perBroker.diskBytes > diskPerBrokerLarge)
  const beyond = columns.filter(({ brokers }) => brokers > 20)
  return [
    ...(crowded.length > 0
      ? [
          `${countText(crowded[0]!.replicasPerBroker)} replicas a broker at ${crowded[0]!.multiple}x: more than about ${countText(replicasPerBrokerMax)} make restarts and failovers slow`,
        ]
      : []),
    'the number of partitions is of the planned growth from the start: adding partitions later sends keys to other partitions, which breaks their order',
    ...(minInsync.value >= replication.value
      ? [
          `min.insync.replicas=${minInsync.value} with ${replication.value} replicas: one broker lost stops all writes with acks=all`,
        ]
      : []),
    ...(minInsync.value < 2 && replication.value > 1
      ? ['min.insync.replicas=1: acks=all is confirmed by a lone leader, and one more failure loses records']
      : []),
    ...(replication.value < 3
      ? [`${replication.value} replicas: a restart and one failure together stop writes or lose records`]
      : []),
    ...(huge.length > 0
      ? [
          `${formatBytes(huge[0]!.perBroker.diskBytes)} a broker at ${huge[0]!.multiple}x: at the measured ${rate(brokerIn.value)} a lost broker takes ${formatDuration((1000 * huge[0]!.perBroker.diskBytes) / brokerIn.value)} or more to fill again`,
        ]
      : []),
    ...(beyond.length > 0
      ? [
          `${beyond[0]!.brokers} brokers at ${beyond[0]!.multiple}x are far from the cluster that was measured: measure again on a larger one before buying`,
        ]
      : []),
    ...(groups.value === 0 ? ['no consumer groups: nothing is planned for reading'] : []),
  ]
}
