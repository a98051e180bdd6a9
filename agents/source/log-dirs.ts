// What each broker has on its disks. A broker that does not answer is a gap, and takes nothing of the others with it.
import { isMillraceError } from '../../core/errors.ts'
import { describeLogDirs } from '../../wire/apis/35-describe-log-dirs.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import type { ResponseOf } from '../../wire/schema.ts'
import { type Gap, gapOf } from '../gap.ts'
import { type Found, forgotten } from './groups.ts'
import type { AskedCluster } from './one-look.ts'

export interface LogDirAnswer {
  readonly broker: number
  readonly dir: ResponseOf<typeof describeLogDirs>['results'][number]
}

export async function readLogDirs(cluster: AskedCluster, timeoutMs: number): Promise<Found<LogDirAnswer[]>> {
  const brokers = [...(await cluster.metadata()).brokers.keys()].toSorted((a, b) => a - b)
  const gaps: Gap[] = []
  const answers = await Promise.all(
    brokers.map(async broker => {
      try {
        const answer = await cluster.send({ broker }, describeLogDirs, { topics: null }, { timeoutMs })
        assertAllowed(answer, broker)
        return answer.results.map(dir => ({ broker, dir }))
      } catch (error) {
        if (!isMillraceError(error)) throw error
        gaps.push(gapOf('broker', String(broker), forgotten(cluster, error)))
        return []
      }
    }),
  )
  return { found: answers.flat(), gaps }
}

/** Before version 3 of the answer (Kafka 3.2) nothing at all is what a client hears that may not DESCRIBE the cluster. */
function assertAllowed({ errorCode, results }: ResponseOf<typeof describeLogDirs>, broker: number): void {
  const code = results.length === 0 ? kafkaCode.CLUSTER_AUTHORIZATION_FAILED : errorCode
  if (errorCode !== kafkaCode.NONE || results.length === 0)
    throw kafkaError(code, `log directories of broker ${broker}`)
}
