// Shows that consumers that fall behind on purpose build the backlog that was asked for, drain it, and are counted right: by a
// pause and by going back, in a roundtrip and beside other producers, with a group and without.
// Method: the command runs as a process. How long a drain takes is the machine's business; what was behind, what was read twice
// and what is left are not.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { BenchCommand } from './bench/command.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { SharedCluster } from './brokers/target.ts'

describeBrokers('bench --catch-up', broker => {
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

  it('a pause builds a backlog of what is produced meanwhile, and the producers are watched', async () => {
    const timing = ['--warmup', '1s', '--catch-up-after', '1s', '--catch-up', 'pause:2s', '--duration', '6s']
    const { result, stdout, stderr } = await bench.succeed(['roundtrip', '--rate', '5k/s', ...timing])
    const { catchUp, consume, windows } = result
    expect(catchUp).toMatchObject({ how: 'pause', asked: 'pause:2s', outcome: 'caught-up' })
    const { pausedSeconds, backlog, baselineLag, leftLag, drainSeconds } = catchUp!
    expect(Math.abs(pausedSeconds! - 2)).toBeLessThan(0.5)
    // What the fetch under way has brought at the beginning of the pause is not behind.
    expect(Math.abs(backlog / (5_000 * pausedSeconds!) - 1)).toBeLessThan(0.2)
    expect(leftLag).toBeLessThanOrEqual(baselineLag)
    expect(drainSeconds).toBeGreaterThan(0)
    for (const phase of [catchUp!.before, catchUp!.paused, catchUp!.after]) {
      expect(Math.abs(phase!.offeredPerSec! / 5_000 - 1)).toBeLessThan(0.05)
    }
    expect(catchUp!.paused!.consumedPerSec).toBeLessThan(1_000)
    expect(catchUp!.drain!.consumedPerSec).toBeGreaterThan(5_000)
    expect(catchUp!.paused!.responseP99Ms).toBeGreaterThan(0)
    // While nobody fetches, the lag of the windows is that of the brokers.
    expect(Math.max(...windows.map(({ consumeLag = 0 }) => consumeLag))).toBeGreaterThan(backlog / 3)
    expect(consume!.redelivered).toBeUndefined()
    expect(consume!.accounting).toMatchObject({ lost: 0, duplicated: 0 })
    expect(stdout).toMatch(/backlog\s+[\d,]+ offsets; before, [\d,]+ at most/)
    expect(stderr).toContain('catch-up: caught up after')
  })

  it('what is read again after going back is known as such, and is no duplicate', async () => {
    const timing = ['--warmup', '1s', '--catch-up-after', '2s', '--catch-up', 'seek:6000', '--duration', '5s']
    const { result } = await bench.succeed(['roundtrip', '--rate', '5k/s', '--partitions', '3', ...timing])
    const { catchUp, consume, delivery } = result
    expect(catchUp).toMatchObject({ how: 'seek', outcome: 'caught-up' })
    expect(Math.abs(catchUp!.backlog - 6_000)).toBeLessThan(1_500)
    expect(Math.abs(consume!.redelivered! - 6_000)).toBeLessThan(1_500)
    expect(consume!.totalRecords).toBe(delivery!.brokerDelta + consume!.redelivered!)
    expect(consume!.accounting).toMatchObject({ lost: 0, duplicated: 0, reordered: 0, expected: delivery!.brokerDelta })
  })

  it('a group of its own goes back to the first record, and commits where it has come to', async () => {
    const filled = ['produce', '--topic', 'filled', '--partitions', '2', '--keep-topic', '--records', '40000']
    await bench.succeed(filled)
    const timing = ['--catch-up-after', '500ms', '--warmup', '0s', '--duration', '4s', '--group', 'back']
    const { result } = await bench.succeed(['consume', '--topic', 'filled', '--catch-up', 'seek:earliest', ...timing])
    expect(result.catchUp).toMatchObject({ outcome: 'caught-up', backlog: 40_000, leftLag: 0, baselineLag: 0 })
    // It began at the end: everything lies before that.
    expect(result.consume).toMatchObject({ totalRecords: 40_000, redelivered: 40_000 })
    const group = await kafka.tools.describeGroup('back')
    expect(group.map(({ lag }) => lag)).toEqual([0, 0])
  })

  broker.once(() => {
    it('a drain that does not end in the run is told as that', async () => {
      const timing = [
        '--warmup',
        '0s',
        '--catch-up-after',
        '500ms',
        '--catch-up',
        'seek:earliest',
        '--duration',
        '1500ms',
      ]
      // Batch by batch: no machine asks 16,000 times in a second, one question after the other.
      const slow = ['--fetch-max-bytes', '1KiB', '--partition-max-bytes', '1KiB', '--decode', 'headers']
      const small = ['--partitions', '1', '--keep-topic', '--records', '150000', '--batch-bytes', '1KiB']
      await bench.succeed(['produce', '--topic', 'far', ...small])
      const { result, stdout } = await bench.succeed(['consume', '--topic', 'far', ...timing, ...slow])
      const { catchUp } = result
      expect(catchUp).toMatchObject({ outcome: 'not-caught-up', backlog: 150_000 })
      expect(catchUp!.leftLag).toBeGreaterThan(0)
      expect(catchUp!.leftLag).toBeLessThan(150_000)
      expect(stdout).toContain('NOT CAUGHT UP within the measured time')
    })

    it('an interrupted pause does not hold up the end, and nothing is missing', async () => {
      const timing = ['--warmup', '0s', '--catch-up-after', '500ms', '--catch-up', 'pause:50s', '--duration', '60s']
      const run = bench.start(['roundtrip', '--rate', '1k/s', ...timing])
      await run.says('catch-up: the consumers pause')
      run.process.kill('SIGINT')
      const { code, result, seconds } = await run.outcome
      expect(code).toBe(105)
      expect(seconds).toBeLessThan(40)
      expect(result).toMatchObject({ verdict: 'interrupted', reasons: [{ code: 'INTERRUPTED' }] })
      expect(result!.catchUp).toMatchObject({ outcome: 'not-begun' })
      expect(result!.consume!.totalRecords).toBe(result!.delivery!.brokerDelta)
    })
  })
})
