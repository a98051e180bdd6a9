// Where the calibration of this machine is kept. It is measured anew at any time, so it is a cache by the XDG base directory
// specification: $XDG_CACHE_HOME/millrace/calibration.json, and ~/.cache where the variable is not set.
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Environment } from '../core/config.ts'
import { configError } from '../core/errors.ts'
import { type Calibration, calibrationModel } from '../loadgen/headroom/calibration.ts'
import { type CalibrationFound, notCalibrated } from '../loadgen/headroom/headroom.ts'
import { writeFileAtomically } from '../loadgen/report/json.ts'
import { makeFolder } from './make-folder.ts'

export function calibrationPath(env: Environment): string {
  const { XDG_CACHE_HOME: cache, HOME: home } = env
  // The specification: a path that is not absolute is to be ignored.
  const root = cache?.startsWith('/') ? cache : join(home || homedir(), '.cache')
  return join(root, 'millrace', 'calibration.json')
}

/** A file that was named must be there and be right; the one that nobody named may be missing, and the result says so. */
export function readCalibration(named: string | undefined, env: Environment): CalibrationFound {
  if (named === 'none') return { missing: 'the run was to do without a calibration (--calibration none)' }
  const path = named ?? calibrationPath(env)
  const read = tryRead(path)
  if (!('problem' in read)) return read.calibration
  if (named !== undefined) throw configError([{ path: '--calibration', message: read.problem }])
  return read.isMissing ? notCalibrated : { missing: `${read.problem}: run millrace calibrate again` }
}

type Read = { readonly calibration: Calibration } | { readonly problem: string; readonly isMissing: boolean }

function tryRead(path: string): Read {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return { problem: `cannot read ${path}: ${code}`, isMissing: code === 'ENOENT' }
  }
  try {
    const parsed = calibrationModel.safeParse(JSON.parse(text))
    if (parsed.success) return { calibration: parsed.data }
    const { path: at = [], message } = parsed.error.issues[0] ?? { message: 'it is empty' }
    return { problem: `${path} is no calibration of this version: ${at.join('.')} ${message}`, isMissing: false }
  } catch {
    return { problem: `${path} is no calibration: it is not JSON`, isMissing: false }
  }
}

/** The folder of the default place is made; one that the user named must exist, as for any other file of theirs. */
export async function writeCalibration(calibration: Calibration, named: string | undefined, env: Environment) {
  const path = named ?? calibrationPath(env)
  if (named === undefined) makeFolder(dirname(path))
  await writeFileAtomically(path, `${JSON.stringify(calibration, undefined, 2)}\n`)
  return path
}
