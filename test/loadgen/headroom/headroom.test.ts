// Shows the share of its ceiling that a run has used, that a calibration of another machine or version is not used and said
// to be stale, and that what the run did beyond the calibration is named. Method: 0.1 µs a record produced and 0.05 consumed,
// 2 workers on 2 CPUs, so the ceilings are 20 and 40 million records a second.
import { describe, expect, it } from 'vitest'
import { calibrationModel } from '../../../loadgen/headroom/calibration.ts'
import { headroomOf, type Measured, notCalibrated } from '../../../loadgen/headroom/headroom.ts'
import type { Headroom } from '../../../loadgen/headroom/model.ts'
import { headroomTexts } from '../../../loadgen/report/headroom-text.ts'
import { benchOf, consumeOf, produceOf } from '../plans.ts'
import { calibrationOf, pointOf } from './points.ts'

const machine = calibrationOf().machine
const moved = (records: number, bytesEach = 100) => ({ records, bytes: records * bytesEach })

function measuredOf(changes: Partial<Measured> = {}): Measured {
  const plan = benchOf({ workers: 2, produce: produceOf() })
  return { plan, machine, seconds: 10, cpuSec: 5, produce: moved(76e6), consume: undefined, ...changes }
}

type Known = Extract<Headroom, { kind: 'known' }>
const known = (headroom: Headroom): Known => {
  expect(headroom).toMatchObject({ kind: 'known' })
  return headroom as Known
}

describe('headroom', () => {
  it('is the rate over the ceiling, and says how much CPU the run itself took', () => {
    const { usedPercent, cpuUsedPercent, produce } = known(headroomOf(calibrationOf(), measuredOf()))
    expect(usedPercent).toBeCloseTo(38, 6) // 7.6 of 20 million a second
    expect(cpuUsedPercent).toBeCloseTo(25, 6) // 0.5 of 2 CPUs
    expect(produce).toMatchObject({ ceilingRecordsPerSec: 20e6, basis: 'measured', workers: 2, recordBytes: 100 })
  })

  it('of a roundtrip is that of both sides together, because they have the same CPUs', () => {
    const plan = benchOf({ mode: 'roundtrip', workers: 2, produce: produceOf(), consume: consumeOf() })
    const both = measuredOf({ plan, produce: moved(60e6), consume: moved(60e6) })
    const { usedPercent, produce, consume } = known(headroomOf(calibrationOf(), both))
    expect(produce!.usedPercent).toBeCloseTo(30, 6)
    expect(consume!.usedPercent).toBeCloseTo(15, 6)
    expect(usedPercent).toBeCloseTo(45, 6)
  })

  it('of a roundtrip on many CPUs is that of the busier side', () => {
    const plan = benchOf({ mode: 'roundtrip', workers: 2, produce: produceOf(), consume: consumeOf() })
    const cpus = { ...machine, cpus: 16 }
    const both = measuredOf({ plan, machine: cpus, produce: moved(180e6), consume: moved(60e6) })
    const { usedPercent } = known(headroomOf(calibrationOf({ machine: cpus }), both))
    expect(usedPercent).toBeCloseTo(90, 6)
  })

  it('names what the calibration did not do', () => {
    const produce = produceOf({ compression: 'lz4', keys: { kind: 'sequential' } })
    const { differences } = known(headroomOf(calibrationOf(), measuredOf({ plan: benchOf({ produce }) })))
    expect(differences).toEqual(['compression lz4', 'keys sequential'])
  })

  it.each([
    { why: 'there is none', found: notCalibrated, reason: /not calibrated: run millrace calibrate/ },
    {
      why: 'it is of another machine and version',
      found: calibrationOf({ machine: { ...machine, cpus: 8, millrace: '0.0.9' } }),
      reason: /of 2026-01-02 does not hold here \(CPUs 8 then, 2 now; millrace 0.0.9 then, 0.1.0 now\)/,
    },
    {
      why: 'it never looked at this direction',
      found: calibrationOf({ points: [pointOf({ direction: 'consume' })] }),
      reason: /no produce part/,
    },
  ])('is not known and says why when $why', ({ found, reason }) => {
    const headroom = headroomOf(found, measuredOf())
    expect(headroom).toEqual({ kind: 'unknown', reason: expect.stringMatching(reason) })
    expect(headroomTexts(headroom)).toEqual([expect.stringMatching(reason)])
  })

  it.each([
    { why: 'ended before its warm-up', changes: { seconds: 0, produce: moved(0) } },
    { why: 'moved nothing', changes: { produce: moved(0) } },
  ])('is not known of a run that $why', ({ changes }) => {
    expect(headroomOf(calibrationOf(), measuredOf(changes))).toEqual({
      kind: 'unknown',
      reason: 'nothing was measured',
    })
  })

  it('is told in words', () => {
    expect(headroomTexts(headroomOf(calibrationOf(), measuredOf()))).toEqual([
      'generator used 38 % of its measured ceiling, and 25 % of the CPU that its workers can have',
      'ceiling 20,000,000 msg/s at 100 bytes with 2 workers, measured, calibrated 2026-01-02',
    ])
  })
})

it('the model refuses a file that is no calibration, and takes one with added keys', () => {
  expect(calibrationModel.safeParse({ ...calibrationOf(), added: 1 }).success).toBe(true)
  expect(calibrationModel.safeParse({ ...calibrationOf(), points: [] }).success).toBe(false)
  expect(calibrationModel.safeParse({ ...calibrationOf(), calibrationVersion: 2 }).success).toBe(false)
})
