// How many offsets a group is behind on one partition. Pure.
//
// Three ends make three lags, and each answers another question:
//
//   toEnd       high watermark - commit            what kafka-consumer-groups prints
//   toStable    last stable offset - commit        what a read_committed consumer could have: an open transaction is no lag
//   toRead      high watermark - max(commit, log start)   what is still there to be read: deleted records are no lag
//
// Offsets are counted, not records: transaction markers and compacted records take offsets too, so each is an upper bound of
// the records. What retention has deleted before it was read is `lost`. A commit beyond the end is no small lag but an
// anomaly (a topic made again, an unclean election): it is told as `ahead` and never folded into a lag of zero unseen.

export interface PartitionEnds {
  readonly logStart: number
  readonly lastStable: number
  readonly highWatermark: number
}

export interface OffsetLag {
  readonly toEnd: number
  readonly toStable: number
  readonly toRead: number
  /** Records (offsets) that were deleted before the group read them. */
  readonly lost: number
  /** Offsets by which the commit is beyond the end; 0 when all is well. */
  readonly ahead: number
}

export function offsetLag(committed: number, { logStart, lastStable, highWatermark }: PartitionEnds): OffsetLag {
  const behind = (end: number, from: number) => Math.max(0, end - from)
  return {
    toEnd: behind(highWatermark, committed),
    toStable: behind(lastStable, committed),
    toRead: behind(highWatermark, Math.max(committed, logStart)),
    lost: behind(logStart, committed),
    ahead: behind(committed, highWatermark),
  }
}
