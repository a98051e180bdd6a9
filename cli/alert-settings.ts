// The file of --thresholds.
import { readFileSync } from 'node:fs'
import { type AlertSettings, readAlertSettings, settingsDefault } from '../alerts/settings.ts'
import type { ConfigProblem } from '../core/errors.ts'

/** Defaults without a file. Throws the problems in the file; that it cannot be read goes to `problems`. */
export function alertSettingsFrom(path: string | undefined, problems: ConfigProblem[]): AlertSettings {
  if (path === undefined) return settingsDefault
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    problems.push({ path: '--thresholds', message: `cannot read ${path}: ${(error as NodeJS.ErrnoException).code}` })
    return settingsDefault
  }
  return readAlertSettings(text, path)
}
