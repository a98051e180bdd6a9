// What a cluster must be for a load, as data: inputs that say where they come from, formulas with their numbers, the table, warnings.
// Rates are bytes a second; "on the wire" is after compression.

export interface Input {
  readonly name: string
  readonly value: number
  readonly unit: 'B/s' | 'B' | 's' | 'count' | 'ratio'
  /** The run, the query or the flag. */
  readonly from: string
}

export interface SizeInputs {
  /** Of keys and values, as producers see them. */
  readonly peak: Input
  /** Of the partitions: they are not added later without moving keys. */
  readonly growth: Input
  readonly retentionSec: Input
  readonly groups: Input
  readonly replication: Input
  readonly minInsync: Input
  /** Bytes before over bytes after. 1 where the peak is of the wire already. */
  readonly compression: Input
  /** What one broker took in and gave out when the cluster sustained its SLO, replication with it. */
  readonly brokerIn: Input
  readonly brokerOut: Input
  /** On the wire, of one partition, at the SLO. */
  readonly partitionProduce: Input
  readonly partitionConsume: Input
  /** Of all disks of one broker; undefined: as much as it needs. */
  readonly brokerDisk: Input | undefined
  /** Members of the largest group. */
  readonly consumers: Input
  /** Of the measured capacity that is kept free. */
  readonly headroom: Input
  /** Of a disk that may be used. */
  readonly diskFill: Input
  /** All groups read again what they missed while they were away, within this time. */
  readonly outageSec: Input
  readonly drainSec: Input
}

export interface Line {
  readonly what: string
  readonly formula: string
  /** The formula with numbers. */
  readonly filled: string
  readonly result: string
}

export type Resource = 'network in' | 'network out' | 'disk' | 'replication'

export interface Column {
  /** Of the peak. */
  readonly multiple: number
  readonly isPlanned: boolean
  readonly wireBytesPerSec: number
  /** So many that one may be lost. */
  readonly brokers: number
  readonly decidedBy: Resource
  readonly partitions: number
  readonly replicasPerBroker: number
  readonly diskBytes: number
  readonly perBroker: Load
  readonly oneLost: Load
  readonly lines: readonly Line[]
}

/** Of one broker. */
export interface Load {
  readonly inBytesPerSec: number
  readonly outBytesPerSec: number
  readonly diskBytes: number
  /** Of what was measured: in and out. */
  readonly inShare: number
  readonly outShare: number
}

export interface SizeReport {
  readonly kind: 'millrace-size-report'
  readonly version: 1
  readonly inputs: readonly Input[]
  readonly columns: readonly Column[]
  readonly warnings: readonly string[]
}
