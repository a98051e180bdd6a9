// Reads the files of an OMB run (workload and driver, YAML) and imports them; all that is wrong with either is told at once, with
// file, line and column.
import { dirname, join, resolve } from 'node:path'
import { type ConfigProblem, configError } from '../../core/errors.ts'
import { atTheirPlaces, readYaml } from '../../core/yaml-document.ts'
import type { TestDocument } from '../scenario/document.ts'
import { readDriver } from './driver.ts'
import { importOmb } from './import.ts'
import { type OmbWorkload, type Read, readWorkload } from './workload.ts'

export interface OmbFiles {
  readonly workloadPath: string
  readonly driverPath: string
  readonly readFile: (path: string) => Buffer
  readonly runId: string
  /** Instead of the driver file's. */
  readonly replicationFactor?: number
}

export interface OmbTest {
  readonly document: TestDocument
  readonly notices: readonly string[]
  readonly workload: OmbWorkload
  /** Of the driver file: OMB's results are known by it. */
  readonly driverName: string
}

export function readOmb(files: OmbFiles): OmbTest {
  const workload = readOne(files.workloadPath, files.readFile, readWorkload)
  const driver = readOne(files.driverPath, files.readFile, readDriver)
  if (!('value' in workload) || !('value' in driver)) {
    throw configError([...problemsOf(workload), ...problemsOf(driver)])
  }
  const { runId, workloadPath, readFile, replicationFactor = driver.value.replicationFactor } = files
  const findPayload = (path: string) => findFile(path, workloadPath, readFile)
  const { document, notices, problems } = importOmb({
    workload: workload.value,
    driver: { ...driver.value, replicationFactor },
    findPayload,
    runId,
  })
  if (problems.length > 0) throw configError(workload.locate(problems))
  return { document, notices, workload: workload.value, driverName: driver.value.name }
}

type One<T> = Read<T> & { readonly locate: (problems: readonly ConfigProblem[]) => ConfigProblem[] }

function readOne<T>(path: string, readFile: OmbFiles['readFile'], read: (value: unknown) => Read<T>): One<T> {
  const yaml = readYaml(readText(path, readFile), path)
  const locate = (problems: readonly ConfigProblem[]) => atTheirPlaces(problems, yaml)
  const found = read(yaml.value)
  return 'problems' in found ? { problems: locate(found.problems), locate } : { ...found, locate }
}

const problemsOf = (read: Read<unknown>): readonly ConfigProblem[] => ('problems' in read ? read.problems : [])

function readText(path: string, readFile: OmbFiles['readFile']): string {
  try {
    return readFile(path).toString('utf8')
  } catch (error) {
    throw configError([{ path, message: `cannot read the file: ${(error as Error).message}` }])
  }
}

/** OMB is run in its own folder, and a path in a workload counts from there: workloads are in it, or a folder deeper. */
function findFile(path: string, workloadPath: string, readFile: OmbFiles['readFile']) {
  const beside = dirname(resolve(workloadPath))
  const places = [beside, dirname(beside), dirname(dirname(beside)), process.cwd()]
  for (const candidate of places.map(place => (path.startsWith('/') ? path : join(place, path)))) {
    try {
      return { path: candidate, bytes: readFile(candidate).length }
    } catch {
      // It may be at the next place.
    }
  }
  return undefined
}
