// Shows what is read from the texts of /proc, and that a text of another shape is unknown and not a number.
import { describe, expect, it } from 'vitest'
import {
  cgroupCpuIn,
  cgroupCpuPathsIn,
  cpusAllowedIn,
  cpuTimesIn,
  frequenciesMhzIn,
  listeningInodesIn,
  processCpuIn,
  runQueueNsIn,
} from '../../../loadgen/audit/proc.ts'

const procStat = (first: string, processors: number) =>
  [first, ...Array.from({ length: processors }, (_, index) => `cpu${index} 1 1 1 1 1 1 1 1 0 0`), 'intr 5'].join('\n')

describe('/proc/stat', () => {
  it('busy is all but idle, waiting and stolen', () => {
    const times = cpuTimesIn(procStat('cpu  100 20 300 9999 1 40 50 800 7 7', 4))
    expect(times).toEqual({ processors: 4, busySec: 5.1, stealSec: 8, idleSec: 100 })
  })

  it.each([
    ['a kernel that does not tell', procStat('cpu  10 20 30 40', 2)],
    ['another system', 'nothing of the kind'],
    ['an empty file', ''],
  ])('%s', (_, text) => expect(cpuTimesIn(text)).toBeUndefined())
})

describe('/proc/PID/stat', () => {
  it('a process name may hold spaces and brackets', () => {
    const stat = '42 (a (b) c) S 1 42 42 0 -1 4194304 5 0 0 0 250 50 0 0 20 0 1 0 100 0 0'
    expect(processCpuIn(stat)).toEqual({ name: 'a (b) c', cpuSec: 3 })
  })

  it('that is gone is unknown', () => expect(processCpuIn('')).toBeUndefined())
})

describe('control groups', () => {
  it.each([
    { version: 2, text: 'nr_periods 10\nnr_throttled 3\nthrottled_usec 250000\n', sec: 0.25 },
    { version: 1, text: 'nr_periods 10\nnr_throttled 3\nthrottled_time 250000000\n', sec: 0.25 },
  ])('cpu.stat of version $version', ({ text, sec }) => {
    expect(cgroupCpuIn(text)).toEqual({ periods: 10, throttledPeriods: 3, throttledSec: sec })
  })

  it.each(['', 'usage_usec 12\n', 'nr_periods 0\nnr_throttled 0\nthrottled_usec 0\n'])('without a quota: %j', text => {
    expect(cgroupCpuIn(text)).toBeUndefined()
  })

  it('where their files are, from the own one up', () => {
    expect(cgroupCpuPathsIn('0::/a/b\n')).toEqual([
      '/sys/fs/cgroup/a/b/cpu.stat',
      '/sys/fs/cgroup/a/cpu.stat',
      '/sys/fs/cgroup/cpu.stat',
    ])
    expect(cgroupCpuPathsIn('4:memory:/m\n1:cpu,cpuacct:/c\n').filter(path => path.includes('acct'))).toEqual([
      '/sys/fs/cgroup/cpu,cpuacct/c/cpu.stat',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.stat',
    ])
    expect(cgroupCpuPathsIn('')).toEqual([])
  })
})

describe('the rest', () => {
  it('schedstat: time on the run queue', () => {
    expect(runQueueNsIn('356109 1234567 3\n')).toBe(1_234_567)
    expect(runQueueNsIn('')).toBeUndefined()
  })

  it('status: how many processors are allowed', () => {
    expect(cpusAllowedIn('Name:\tnode\nCpus_allowed_list:\t0-3,8,10-11\n')).toBe(7)
    expect(cpusAllowedIn('Name:\tnode\n')).toBeUndefined()
  })

  it('cpuinfo: frequency of each processor', () => {
    expect(frequenciesMhzIn('cpu MHz\t\t: 2599.998\ncache size\t: 1\ncpu MHz\t\t: 3100.5\n')).toEqual([
      2599.998, 3100.5,
    ])
    expect(frequenciesMhzIn('BogoMIPS : 50')).toEqual([])
  })

  it('net/tcp: who listens on a port, not who is connected to it', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:2384 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0',
      '   1: 0100007F:2384 0100007F:E1F2 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0',
      '   2: 0100007F:2385 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0',
    ].join('\n')
    expect(listeningInodesIn(table, 0x2384)).toEqual(['111'])
  })
})
