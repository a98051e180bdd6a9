// The second opinion of `npm run bench:latency-check`, a process of its own: fetches the records of a roundtrip, looks at its own
// clock when an answer is there, and subtracts the time that is stamped into each record. Every value is kept and sorted: no
// histogram, no code of the consumer that is checked. Told the length of warm-up and measured time as arguments.

import { settingsOf } from '../../test/kafka/settings.ts'
import { listOffsets } from '../../wire/admin.ts'
import { fetch } from '../../wire/apis/01-fetch.ts'
import { Cluster } from '../../wire/cluster.ts'
import { decodeBatches } from '../../wire/record-batch/decode.ts'

const [bootstrap = '', topicName = '', warmupSec = '0', measuredSec = '0'] = process.argv.slice(2)
/** The intended time in a stamp (docs/accounting.md): 20 bits and 32 bits. */
const timeHighAt = 16
const timeLowAt = 24
const made: number[] = []
const tookUs: number[] = []
let isOver = false

const wallUs = () => (performance.timeOrigin + performance.now()) * 1000

async function read(cluster: Cluster, leader: number, partitions: readonly number[], topicId: string): Promise<void> {
  const starts = await listOffsets(cluster, topicName, [...partitions], 'latest')
  const offsets = new Map([...starts].map(([partition, { offset }]) => [partition, offset]))
  while (!isOver) {
    const answer = await cluster.send({ broker: leader }, fetch, {
      ...{ maxWaitMs: 500, minBytes: 1, maxBytes: 50 * 2 ** 20, isolationLevel: 0 },
      topics: [
        {
          ...{ topic: topicName, topicId },
          partitions: partitions.map(partition => ({
            ...{ partition, fetchOffset: offsets.get(partition)!, partitionMaxBytes: 2 ** 20 },
          })),
        },
      ],
    })
    const nowUs = wallUs()
    for (const { partitionIndex, records } of answer.responses[0]?.partitions ?? []) {
      for (const batch of decodeBatches(records ?? Buffer.alloc(0))) {
        for (const { offset, value } of batch.records) {
          if (offset < offsets.get(partitionIndex)!) continue
          const madeUs = (value!.readUInt32BE(timeHighAt) % 2 ** 20) * 2 ** 32 + value!.readUInt32BE(timeLowAt)
          made.push(madeUs)
          tookUs.push(nowUs - madeUs)
          offsets.set(partitionIndex, offset + 1)
        }
      }
    }
  }
}

const cluster = await Cluster.connect(settingsOf(bootstrap))
const topic = await cluster.topic(topicName)
const leader = topic.partitions[0]!.leader
const reading = read(
  cluster,
  leader,
  topic.partitions.map((_, partition) => partition),
  topic.id,
)
process.on('message', async () => {
  isOver = true
  await reading
  await cluster.close()
  const first = made.reduce((least, us) => Math.min(least, us), Number.POSITIVE_INFINITY)
  const fromUs = first + Number(warmupSec) * 1e6
  const untilUs = fromUs + Number(measuredSec) * 1e6
  const sorted = Float64Array.from(tookUs.filter((_, index) => made[index]! >= fromUs && made[index]! < untilUs)).sort()
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]! / 1000
  process.send!({ count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99) })
  process.disconnect()
})
process.send!('reading')
