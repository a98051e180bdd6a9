// Shows whose CPU is whose: the generator's, a broker's beside it, everybody else's; and that what cannot be told apart is
// unknown. Method: a made-up /proc, and once the real one.
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type SystemFiles, systemFiles } from '../../../loadgen/audit/files.ts'
import {
  auditMachine,
  findLocalBrokers,
  type MachineInput,
  readFrequencies,
  readMachine,
} from '../../../loadgen/audit/machine.ts'

function filesOf(files: Readonly<Record<string, string>>, links: Readonly<Record<string, string>> = {}): SystemFiles {
  const paths = [...Object.keys(files), ...Object.keys(links)]
  return {
    read: path => files[path],
    link: path => links[path],
    list: folder => [
      ...new Set(
        paths.filter(path => path.startsWith(`${folder}/`)).map(path => path.slice(folder.length + 1).split('/')[0]!),
      ),
    ],
  }
}

const processStat = (pid: number, name: string, sec: number) =>
  `${pid} (${name}) S 1 1 1 0 -1 0 0 0 0 0 ${sec * 100} 0 0`

/** Two processors; ticks in the order of the file. */
const reading = (user: number, idle: number, steal: number, cpuSec: Readonly<Record<number, number>>) =>
  readMachine(
    filesOf({
      '/proc/stat': `cpu  ${user * 100} 0 0 ${idle * 100} 0 0 0 ${steal * 100} 0 0\ncpu0 1\ncpu1 1\n`,
      ...Object.fromEntries(
        Object.entries(cpuSec).map(([pid, sec]) => [`/proc/${pid}/stat`, processStat(Number(pid), `p${pid}`, sec)]),
      ),
    }),
  )

const before = reading(1_000, 5_000, 10, { 10: 100, 20: 200, 30: 300 })
/** 10 s of two processors: 5 s by the generator (10), 6 s by the broker (20), 3 s by 30 and 1 s by what came and went. */
const after = reading(1_015, 5_004, 11, { 10: 105, 20: 206, 30: 303, 40: 0.5 })

const inputOf = (changes: Partial<MachineInput> = {}): MachineInput => ({
  before,
  after,
  seconds: 10,
  ownPid: 10,
  ownCpuSec: 5,
  brokers: { pids: new Set([20]), known: true },
  cpus: 2,
  cpusAllowed: 2,
  stealPercents: [0, 9, 1],
  frequenciesMhz: [2000, 3000],
  ...changes,
})

describe('CPU of the machine', () => {
  it('is the generator, the brokers on it, and others', () => {
    expect(auditMachine(inputOf())).toEqual({
      cpus: 2,
      cpusAllowed: 2,
      ownCpuPercent: 50,
      brokerCpuPercent: 60,
      brokerInProcess: false,
      othersCpuPercent: 40,
      idlePercent: 40,
      stealPercent: 5,
      stealPercentMax: 9,
      frequencyMhz: { min: 2000, mean: 2500, max: 3000 },
      busiest: [
        { pid: 30, name: 'p30', cpuPercent: 30 },
        { pid: 40, name: 'p40', cpuPercent: 5 },
      ],
      throttled: null,
    })
  })

  it('of others is unknown when a broker is here and cannot be told from them', () => {
    const { brokerCpuPercent, othersCpuPercent } = auditMachine(inputOf({ brokers: { pids: new Set(), known: false } }))
    expect([brokerCpuPercent, othersCpuPercent]).toEqual([null, null])
  })

  it('of a broker inside the generator counts once', () => {
    const found = auditMachine(inputOf({ brokers: { pids: new Set([10]), known: true } }))
    expect(found).toMatchObject({ brokerInProcess: true, brokerCpuPercent: 0, othersCpuPercent: 100 })
  })

  it('is unknown on a system without /proc', () => {
    const nothing = readMachine(filesOf({}))
    const found = auditMachine(inputOf({ before: nothing, after: nothing, stealPercents: [], frequenciesMhz: [] }))
    expect(found).toMatchObject({ othersCpuPercent: null, stealPercent: null, frequencyMhz: null, busiest: null })
    expect(found.ownCpuPercent).toBe(50)
  })
})

describe('the CPU quota of a container', () => {
  const stat = (periods: number, throttled: number, usec: number) =>
    `usage_usec 9\nnr_periods ${periods}\nnr_throttled ${throttled}\nthrottled_usec ${usec}\n`
  const inGroups = (files: Readonly<Record<string, string>>) =>
    readMachine(filesOf({ '/proc/self/cgroup': '0::/pods/own\n', ...files }))

  it('counts for the group that was held back most, of all that the process is in', () => {
    const [own, pods] = ['/sys/fs/cgroup/pods/own/cpu.stat', '/sys/fs/cgroup/pods/cpu.stat']
    const before = inGroups({ [own]: stat(100, 50, 1e6), [pods]: stat(1_000, 0, 0) })
    const after = inGroups({ [own]: stat(200, 51, 1.25e6), [pods]: stat(1_200, 40, 6e6) })
    expect(auditMachine(inputOf({ before, after })).throttled).toEqual({ periodsPercent: 20, seconds: 6 })
  })

  it('is null where there is none', () => {
    const without = inGroups({ '/sys/fs/cgroup/cpu.stat': 'usage_usec 9\n' })
    expect(auditMachine(inputOf({ before: without, after: without })).throttled).toBeNull()
  })
})

describe('brokers on this machine', () => {
  const table = (port: number, inode: number) =>
    `head\n 0: 0100007F:${port.toString(16).toUpperCase()} 00000000:0000 0A 0:0 00:0 0 0 0 ${inode} 1`
  const running = (comm: string) =>
    filesOf(
      { '/proc/net/tcp': table(9092, 555), '/proc/77/comm': `${comm}\n` },
      { '/proc/77/fd/3': '/dev/null', '/proc/77/fd/9': 'socket:[555]', '/proc/78/fd/1': 'socket:[556]' },
    )

  it.each([
    ['the process that listens there', 'localhost', 9092, running('java'), [77], true],
    ['one on another host', 'broker.example.com', 9092, running('java'), [], true],
    ['one that nothing here listens for', '127.0.0.1', 9093, running('java'), [], false],
    ['one behind a forwarder', '127.0.0.1', 9092, running('docker-proxy'), [77], false],
    ["another user's process", '127.0.0.1', 9092, filesOf({ '/proc/net/tcp': table(9092, 555) }), [], false],
  ] as const)('%s', (_, host, port, files, pids, known) => {
    const found = findLocalBrokers([{ host, port }], files)
    expect([[...found.pids], found.known]).toEqual([pids, known])
  })

  it.runIf(process.platform === 'linux')('is found on the real system, for IPv4 and IPv6', async () => {
    for (const host of ['127.0.0.1', '::']) {
      const server = createServer()
      await new Promise<void>(resolve => server.listen(0, host, resolve))
      const { port } = server.address() as { port: number }
      const found = findLocalBrokers([{ host: 'localhost', port }], systemFiles)
      server.close()
      expect(found).toEqual({ pids: new Set([process.pid]), known: true })
    }
  })
})

describe('frequency', () => {
  it('comes from cpufreq, else from cpuinfo, else it is unknown', () => {
    const cpufreq = { '/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq': '1800000\n' }
    const cpuinfo = { '/proc/cpuinfo': 'cpu MHz\t\t: 2600\n' }
    expect(readFrequencies(filesOf({ ...cpufreq, ...cpuinfo }))).toEqual([1800])
    expect(readFrequencies(filesOf(cpuinfo))).toEqual([2600])
    expect(readFrequencies(filesOf({}))).toEqual([])
  })
})
