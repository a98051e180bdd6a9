// Replicas on disks, added up by directory and by topic. Pure.
import { kafkaCode } from '../../wire/error-codes.ts'
import type { LogDirAnswer } from '../source/log-dirs.ts'

export interface LogDir {
  readonly broker: number
  readonly path: string
  readonly isOnline: boolean
  /** Undefined: it has failed, so nobody knows what is in it. */
  readonly content: LogDirContent | undefined
  /** Undefined: the broker is older than KIP-827. */
  readonly volumeBytes: number | undefined
  readonly freeBytes: number | undefined
}

export interface LogDirContent {
  readonly bytes: number
  readonly replicas: number
  /** On their way into this directory from another one (KIP-113). */
  readonly futureReplicas: number
  readonly futureLagOffsets: number
}

export interface LogDirs {
  readonly dirs: readonly LogDir[]
  readonly bytesByTopic: ReadonlyMap<string, number>
}

/** A directory has the bytes of all that is in it; topics of their own are those that are wanted. */
export function logDirsOf(answers: readonly LogDirAnswer[], isTopicWanted: (name: string) => boolean): LogDirs {
  const bytesByTopic = new Map<string, number>()
  const dirs = answers.map(({ broker, dir }): LogDir => {
    const isOnline = dir.errorCode === kafkaCode.NONE
    for (const { name, partitions } of dir.topics.filter(topic => isTopicWanted(topic.name))) {
      const bytes = partitions.reduce((sum, { partitionSize }) => sum + partitionSize, 0)
      bytesByTopic.set(name, (bytesByTopic.get(name) ?? 0) + bytes)
    }
    return {
      broker,
      path: dir.logDir,
      isOnline,
      content: isOnline ? contentOf(dir) : undefined,
      volumeBytes: known(dir.totalBytes),
      freeBytes: known(dir.usableBytes),
    }
  })
  return { dirs, bytesByTopic }
}

function contentOf({ topics }: LogDirAnswer['dir']): LogDirContent {
  const content = { bytes: 0, replicas: 0, futureReplicas: 0, futureLagOffsets: 0 }
  for (const { partitions } of topics) {
    for (const { partitionSize, isFutureKey, offsetLag } of partitions) {
      content.bytes += partitionSize
      if (!isFutureKey) content.replicas++
      else {
        content.futureReplicas++
        content.futureLagOffsets += Math.max(0, offsetLag)
      }
    }
  }
  return content
}

const known = (bytes: number) => (bytes < 0 ? undefined : bytes)
