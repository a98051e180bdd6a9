// Reads every workload of a clone of https://github.com/openmessaging/benchmark with every Kafka driver of it, as `millrace run`
// would, and says what became of each: nothing of the clone is kept here.
//
//   node scripts/omb-workloads.ts ../benchmark
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMillraceError } from '../core/errors.ts'
import { readOmb } from '../loadgen/omb/read.ts'
import { readModel } from '../loadgen/scenario/read-model.ts'

export interface Outcome {
  readonly workload: string
  readonly driver: string
  /** Absent: it can be run. */
  readonly refused?: readonly string[]
}

export function readAll(root: string): Outcome[] {
  const workloads = globSync(join(root, 'workloads/**/*.yaml')).sort()
  const drivers = globSync(join(root, 'driver-kafka/*.yaml')).sort()
  return workloads.flatMap(workload => drivers.map(driver => read(workload, driver)))
}

function read(workloadPath: string, driverPath: string): Outcome {
  const readFile = (path: string) => readFileSync(path)
  const files = { workload: workloadPath, driver: driverPath }
  try {
    const { document } = readOmb({ workloadPath, driverPath, readFile, runId: 'abcd1234' })
    const rest = { isScripted: () => false, flags: [], env: {}, cpus: 8, readFile, randomHex: () => 'abcd1234' }
    readModel({ document, ...rest })
    return files
  } catch (error) {
    if (!isMillraceError(error)) throw error
    return { ...files, refused: error.problems.map(({ path, message }) => `${path.split(' ').at(-1)}: ${message}`) }
  }
}

function main([root]: readonly string[]): void {
  if (root === undefined) {
    console.error('node scripts/omb-workloads.ts CLONE-OF-OMB')
    process.exitCode = 1
    return
  }
  const outcomes = readAll(root)
  const reasons = new Map<string, number>()
  for (const { refused = [] } of outcomes) {
    for (const reason of refused) {
      const kind = reason.replaceAll(/\d+/g, 'N')
      reasons.set(kind, (reasons.get(kind) ?? 0) + 1)
    }
  }
  const accepted = outcomes.filter(({ refused }) => refused === undefined).length
  console.log(`${outcomes.length} pairs of workload and driver: ${accepted} can be run, the others are refused:`)
  for (const [reason, count] of reasons) console.log(`${count} × ${reason}`)
}

if (import.meta.main) main(process.argv.slice(2))
