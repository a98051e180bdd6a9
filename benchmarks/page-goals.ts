// The page's first table: what millrace set out to reach, and what was measured.
import { countText, fixedText } from '../loadgen/report/format.ts'
import type { BenchmarkData, SuiteData } from './data.ts'
import {
  ceilingId,
  countedRuns,
  medianOf,
  memoryOf,
  millrace,
  moreWorkersId,
  oneSocketId,
  oneWorkerId,
  ratesOf,
  timesOf,
} from './figures.ts'
import { megabytes, table } from './markdown.ts'

/** Of the broker's ceiling, and of CPU and memory; those against a peer are in suites.ts. */
const goals = { ceilingShare: 0.9, sustainedPerSec: 1_000_000, cpuUsPerRecord: 0.4, rssBytes: 400e6 }

export function goalsSection(data: BenchmarkData): string {
  const rows = data.suites.flatMap(suite => [...goalRows(suite), ...ownGoalRows(suite)])
  if (rows.length === 0) return ''
  return ['## What it set out to reach', '', table(['goal', 'measured', ''], rows)].join('\n')
}

/** Disturbed runs decide nothing, in neither direction. */
function verdict(reached: boolean, suite: SuiteData, ...ids: readonly string[]): string {
  if (ids.some(id => countedRuns(suite, id).every(run => run.void !== null))) return 'undecided: only disturbed runs'
  return reached ? 'reached' : '**missed**'
}

function goalRows(suite: SuiteData): string[][] {
  const labelOf = (id: string) => suite.contestants.find(contestant => contestant.id === id)?.label
  return suite.contestants.flatMap(({ id, label, goal }) => {
    if (goal === null) return []
    const rowOf = (ownId: string, own: string) => {
      const times = timesOf(suite, id, ownId)
      if (times === undefined) return []
      const measured = `${fixedText(times, 2)} times`
      return [[`${suite.title}: ${own}${goal} times ${label}`, measured, verdict(times >= goal, suite, ownId, id)]]
    }
    const rows = rowOf(millrace, '')
    const isReached = (timesOf(suite, id) ?? goal) >= goal
    return isReached ? rows : [...rows, ...rowOf(moreWorkersId, `${labelOf(moreWorkersId)}, `)]
  })
}

function shareRow(suite: SuiteData, ownId: string, replayId: string): string[][] {
  const [own, replay] = [ratesOf(suite, ownId), ratesOf(suite, replayId)]
  if (own === undefined || replay === undefined) return []
  const share = own.median / replay.median
  const label = (id: string) => suite.contestants.find(contestant => contestant.id === id)!.label
  const goal = `${suite.title}: ${label(ownId)}, ${goals.ceilingShare * 100} % of what the broker takes: ${label(replayId)}`
  return [[goal, `${fixedText(share * 100, 0)} %`, verdict(share >= goals.ceilingShare, suite, ownId, replayId)]]
}

function ownGoalRows(suite: SuiteData): string[][] {
  const rows: string[][] = []
  rows.push(...shareRow(suite, millrace, ceilingId), ...shareRow(suite, oneWorkerId, oneSocketId))
  const cpu = medianOf(suite, millrace, 'ownCpuUsPerRecord')
  if (suite.id === 'produce' && cpu !== undefined) {
    const goal = `${suite.title}: at most ${fixedText(goals.cpuUsPerRecord, 2)} µs of CPU a record`
    rows.push([goal, `${fixedText(cpu, 3)} µs`, verdict(cpu <= goals.cpuUsPerRecord, suite, millrace)])
  }
  const rate = ratesOf(suite, millrace)
  if (suite.id === 'sustained' && rate !== undefined) {
    const goal = `${suite.title}: ${countText(goals.sustainedPerSec)} records/s`
    rows.push([
      goal,
      `${countText(rate.median)} records/s`,
      verdict(rate.median >= goals.sustainedPerSec, suite, millrace),
    ])
  }
  const memory = suite.id === 'memory' ? memoryOf(suite) : undefined
  if (memory !== undefined) {
    const goal = `${suite.title}: below ${fixedText(goals.rssBytes / 1e6, 0)} MB`
    rows.push([goal, `${megabytes(memory.max)} at most`, verdict(memory.max < goals.rssBytes, suite, millrace)])
  }
  return rows
}
