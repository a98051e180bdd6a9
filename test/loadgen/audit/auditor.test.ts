// Shows that the audit covers the measured time and nothing else, and that the probe of a thread tells what went on in it.
import { describe, expect, it } from 'vitest'
import { makeClock } from '../../../core/clock.ts'
import { makeHistogram } from '../../../core/histogram.ts'
import { Auditor } from '../../../loadgen/audit/auditor.ts'
import { auditModel } from '../../../loadgen/audit/model.ts'
import { HealthProbe } from '../../../loadgen/worker/health-probe.ts'
import { allocateHealth, HealthReader, HealthSlots, zeroHealth } from '../../../loadgen/worker/health-slots.ts'

const noFiles = { read: () => undefined, link: () => undefined, list: () => [] }
const noTrouble = { connectionsLost: 0, leaderChanges: 0, lost: [], known: true }

function auditing(role: 'produce' | 'consume' = 'produce', memory = allocateHealth()) {
  const slots = new HealthSlots(memory)
  const auditor = new Auditor({
    nowNs: makeClock().nowNs,
    wallMs: Date.now,
    files: noFiles,
    ownPid: process.pid,
    brokers: [],
    workers: [{ role, worker: 3, health: new HealthReader(memory) }],
  })
  const audit = () =>
    auditModel.parse(auditor.audit({ measuredSec: 1, ownCpuSec: 0.5, windows: [], brokers: noTrouble }))
  return { slots, auditor, audit }
}

describe('the audit', () => {
  it('has the shares of the measured time: no warm-up, no drain', () => {
    const { slots, auditor, audit } = auditing()
    const tell = (sec: number, cpuSec: number, heldUpSec: number, delayMs: number) => {
      slots.set('sampledUs', sec * 1e6)
      slots.set('cpuUserUs', cpuSec * 0.75e6)
      slots.set('cpuSystemUs', cpuSec * 0.25e6)
      slots.set('brokerWaitUs', heldUpSec * 1e6)
      slots.set('loopActiveUs', cpuSec * 1e6)
      slots.set('loopIdleUs', (sec - cpuSec) * 1e6)
      slots.loopDelay.record(delayMs * 1e6, 1)
    }
    tell(5, 5, 5, 900)
    auditor.close('warm-up', 'measuring')
    tell(10, 6, 7, 2)
    auditor.close('measuring', 'measuring')
    tell(15, 7, 9, 3)
    auditor.close('measuring', 'draining')
    tell(20, 12, 14, 800)
    auditor.close('draining', 'draining')
    const [worker] = audit().workers
    expect(worker).toMatchObject({ role: 'produce', worker: 3, brokerWaitPercent: 40, bufferFullPercent: 0 })
    expect(worker!.cpuPercent).toBeCloseTo(20, 6)
    expect(worker!.loopUtilizationPercent).toBeCloseTo(20, 6)
    expect(worker!.loopDelay).toMatchObject({ count: 2 })
    expect(worker!.loopDelay!.maxMs).toBeCloseTo(3, 2)
    expect(worker!.runQueuePercent).toBeNull()
  })

  it('of a run without a measured second has zeros and nothing impossible', () => {
    const { audit } = auditing('consume')
    expect(audit().workers[0]).toMatchObject({ cpuPercent: 0, loopUtilizationPercent: 0, loopDelay: null })
  })

  it('leaves out what went on before the run', () => {
    const memory = allocateHealth()
    const slots = new HealthSlots(memory)
    slots.set('sampledUs', 1e6)
    slots.set('cpuUserUs', 9e6)
    const { auditor, audit } = auditing('produce', memory)
    slots.set('sampledUs', 3e6)
    slots.set('cpuUserUs', 10e6)
    auditor.close('measuring', 'measuring')
    expect(audit().workers[0]!.cpuPercent).toBeCloseTo(50, 6)
  })

  it('survives counters that wrap', () => {
    const { slots, auditor, audit } = auditing()
    const from = 2 ** 32 - 1e6
    slots.set('sampledUs', from)
    slots.set('cpuUserUs', from)
    auditor.close('warm-up', 'measuring')
    slots.set('sampledUs', from + 4e6)
    slots.set('cpuUserUs', from + 3e6)
    auditor.close('measuring', 'measuring')
    expect(audit().workers[0]!.cpuPercent).toBeCloseTo(75, 6)
  })
})

describe('the probe of a thread', () => {
  it('tells the CPU, the delay and the collections of its own thread', async () => {
    const memory = allocateHealth()
    const clock = makeClock()
    const reader = new HealthReader(memory)
    const [counts, loopDelay, gcPause] = [zeroHealth(), makeHistogram(), makeHistogram()]
    const probe = new HealthProbe(new HealthSlots(memory), clock)
    probe.waits = { bufferFullNs: 7e6, brokerWaitNs: 9e6 }
    await new Promise(resolve => setTimeout(resolve, 5))
    // The loop is held while the probe's timer falls due, and there is garbage to collect.
    const fromNs = clock.nowNs()
    let garbage: unknown[] = []
    while (clock.nowNs() - fromNs < 100e6) garbage = Array.from({ length: 50_000 }, () => ({ garbage }))
    await until(() => {
      reader.drain({ counts, loopDelay, gcPause })
      return loopDelay.totalCount > 0 && gcPause.totalCount > 0
    })
    probe.stop()
    reader.drain({ counts, loopDelay, gcPause })
    expect(loopDelay.getValueAtPercentile(100)).toBeGreaterThan(50e6)
    expect(counts.cpuUserUs + counts.cpuSystemUs).toBeGreaterThan(0)
    expect([counts.bufferFullUs, counts.brokerWaitUs]).toEqual([7_000, 9_000])
    expect(counts.sampledUs).toBeGreaterThan(100_000)
    expect(counts.loopActiveUs + counts.loopIdleUs).toBeGreaterThan(0)
  })
})

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => setImmediate(resolve))
}
