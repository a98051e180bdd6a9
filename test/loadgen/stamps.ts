// What values say about themselves: their stamp, or the number of a value without one.
import { Stamp } from '../../loadgen/payload/stamp.ts'

export interface ReadStamp {
  readonly run: number
  readonly host: number
  readonly producer: number
  readonly partition: number
  readonly sequence: number
  readonly intendedUs: number
  readonly lateUs: number
}

export const noRun = { run: 0, host: 0 }
export const identity = (producer = 0) => ({ ...noRun, producer })

/** Of a value by itself; undefined: it has none. */
export function stampOf(value: Buffer): ReadStamp | undefined {
  const stamp = new Stamp()
  if (!stamp.read(value, { valueAt: 0, valueBytes: value.length, endAt: value.length })) return undefined
  const { run, host, producer, partition, sequence, intendedUs, lateUs } = stamp
  return { run, host, producer, partition, sequence, intendedUs, lateUs }
}

/** The number in the run that stands in front of a value without a stamp, in binary. */
export const numberOf = (value: Buffer): number => value.readUInt32BE(0) * 2 ** 32 + value.readUInt32BE(4)

/** Stamps of a topic, by producer and partition, in the order in which they stand there. */
export function streamsOf(logs: readonly (readonly Buffer[])[]): Map<string, number[]> {
  const streams = new Map<string, number[]>()
  for (const [partition, log] of logs.entries()) {
    for (const value of log) {
      const stamp = stampOf(value)
      if (stamp === undefined) throw new Error('a value without a stamp')
      if (stamp.partition !== partition) throw new Error(`partition ${partition} holds a record of ${stamp.partition}`)
      const key = `${stamp.producer}/${partition}`
      const known = streams.get(key)
      if (known === undefined) streams.set(key, [stamp.sequence])
      else known.push(stamp.sequence)
    }
  }
  return streams
}

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
