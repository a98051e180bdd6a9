// Shows that kafkajs and @platformatic/kafka run the same bench as the wire client, with the same books: what they produce is in
// the topic by another client's count, a roundtrip reads back every record and accounts for it, a paced run keeps its schedule,
// compressed and keyed records arrive, members of a group read and commit, and a refusal by the brokers is told by its code.
// Method: the command runs as a process, one client after the other.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { driverVersion } from '../../loadgen/drivers/load.ts'
import { describeOptional } from '../broker/clients/describe-client.ts'
import { BenchCommand, expectCodedError } from './bench/command.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { SharedCluster } from './brokers/target.ts'

const clients = [
  { client: 'kafkajs', package: 'kafkajs' },
  { client: 'platformatic', package: '@platformatic/kafka' },
]

/** It has native parts and is no dependency of the project: where somebody has installed it, it is looked at too. */
function reasonWithoutConfluent(): string | undefined {
  try {
    driverVersion('confluent')
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
const withoutConfluent = reasonWithoutConfluent()

const keep = (topic: string) => ['--topic', topic, '--partitions', '3', '--keep-topic']

describeBrokers('bench with other clients', broker => {
  let kafka: SharedCluster
  let bench: BenchCommand
  beforeAll(async () => {
    kafka = await broker.shared()
    bench = await BenchCommand.make(kafka.bootstrap)
  })
  afterAll(async () => {
    await bench?.remove()
    await kafka?.stop()
  })

  describeOptional('confluent', withoutConfluent, () => {
    it('produces, reads to the end, and makes a roundtrip in which every record is accounted for', async () => {
      const topic = 'plain-confluent'
      const produced = await bench.succeed(['produce', '--client', 'confluent', ...keep(topic), '--records', '30000'])
      expect(await kafka.tools.endOffsets(topic)).toEqual(
        produced.result.delivery!.partitions.map(({ endOffset }) => endOffset),
      )
      const consumed = await bench.succeed(['consume', '--client', 'confluent', '--topic', topic])
      expect(consumed.result.consume).toMatchObject({ totalRecords: 30_000, reachedEnd: true, crcVerified: true })
      const flags = ['--rate', '2k/s', '--duration', '3s', ...keep('paced-confluent')]
      const { result } = await bench.succeed(['roundtrip', '--client', 'confluent', ...flags])
      expect(result.consume!.accounting).toMatchObject({ lost: 0, duplicated: 0, received: 6_000 })
      expect(result.client).toMatchObject({ name: 'confluent', byMillrace: ['produce.partitioner'] })
    })
  })

  describe.each(clients)('$client', ({ client, package: packageName }) => {
    it('produces what it says, and reads it to the end', async () => {
      const topic = `plain-${client}`
      const produced = await bench.succeed(['produce', '--client', client, ...keep(topic), '--records', '30000'])
      expect(await kafka.tools.endOffsets(topic)).toEqual(
        produced.result.delivery!.partitions.map(({ endOffset }) => endOffset),
      )
      expect(produced.result.produce).toMatchObject({ totalRecords: 30_000, errors: 0 })
      expect(produced.result.client).toMatchObject({ name: client, package: packageName })
      expect(produced.result.client!.byMillrace).toContain('produce.lingerMs')
      expect(produced.result.headroom).toMatchObject({ kind: 'unknown' })
      expect(produced.stdout).toContain(packageName)

      const consumed = await bench.succeed(['consume', '--client', client, '--topic', topic, '--workers', '2'])
      expect(consumed.result.consume).toMatchObject({ totalRecords: 30_000, reachedEnd: true, crcVerified: false })
      expect(consumed.result.client!.notHonoured).toContainEqual(
        expect.objectContaining({ setting: 'consume.verifyCrc' }),
      )
    })

    it('makes a roundtrip at a rate: every record counted, timed and accounted for', async () => {
      const flags = ['--rate', '2k/s', '--duration', '3s', '--warmup', '1s', '--workers', '1']
      const { result } = await bench.succeed(['roundtrip', '--client', client, ...keep(`paced-${client}`), ...flags])
      const { produce, consume, delivery } = result
      expect(produce).toMatchObject({ totalRecords: 8_000, offered: 6_000, sent: 6_000, dropped: 0 })
      expect(consume!.totalRecords).toBe(8_000)
      expect(delivery).toMatchObject({ confirmed: true, brokerDelta: 8_000 })
      expect(consume!.accounting).toMatchObject({ lost: 0, duplicated: 0, received: 8_000 })
      expect(produce!.latency).toMatchObject({ from: 'intended', count: 6_000 })
      expect(produce!.lateness!.count).toBe(6_000)
      expect(produce!.serviceLatency!.count).toBe(6_000)
      expect(consume!.latency!.from).toBe('stamp')
    })

    broker.once(() => {
      it('sends keyed, compressed records with headers, and an idempotent producer', async () => {
        const flags = ['--keys', 'uniform:100', '--compression', 'zstd', '--stamp', 'header', '--header', 'a=b']
        const more = ['--payload', 'text', '--idempotent', '--records', '20000']
        const { result } = await bench.succeed([
          'roundtrip',
          '--client',
          client,
          ...keep(`keyed-${client}`),
          ...flags,
          ...more,
        ])
        expect(result.consume!.accounting).toMatchObject({ lost: 0, duplicated: 0, received: 20_000 })
        expect(result.produce!.compressionRatio).toBeUndefined()
      })
    })

    it('reads as members of a group, which has the offsets afterwards', async () => {
      const topic = `grouped-${client}`
      await bench.succeed(['produce', ...keep(topic), '--records', '10000'])
      const flags = ['--topic', topic, '--group', `readers-${client}`, '--records', '10000', '--workers', '2']
      const { result } = await bench.succeed(['consume', '--client', client, ...flags])
      expect(result.consume).toMatchObject({ totalRecords: 10_000 })
      const offsets = await kafka.tools.describeGroup(`readers-${client}`)
      expect(offsets.map(({ lag }) => lag)).toEqual(offsets.map(() => 0))
      expect(offsets.reduce((sum, { committed }) => sum + committed, 0)).toBe(10_000)
    })

    broker.once(() => {
      it('a record that the topic refuses ends the run with the code of the brokers', async () => {
        const flags = ['--topic-config', 'max.message.bytes=2000', '--record-size', '5000', '--records', '10']
        const outcome = await bench.run(['produce', '--client', client, ...keep(`small-${client}`), ...flags])
        expectCodedError(outcome, { code: 'RECORD_TOO_LARGE', exitCode: 23 })
        expect(outcome.result!.reasons[0]!.message).toContain('MESSAGE_TOO_LARGE')
      })
    })
  })

  broker.once(() => {
    it('what a client cannot do is refused, all at once', async () => {
      const flags = ['--acks', '0', '--isolation', 'read_committed']
      const outcome = await bench.run(['roundtrip', '--client', 'platformatic', ...keep('refused'), ...flags])
      expectCodedError(outcome, { code: 'CONFIG_INVALID', exitCode: 104 })
      expect(outcome.stderr).toContain('--acks: 0 cannot be confirmed with --client platformatic')
      expect(outcome.stderr).toContain(
        '--isolation: --client platformatic hands over the records of aborted transactions',
      )
    })
  })
})
