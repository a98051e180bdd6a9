// The clients under test, loaded when one is asked for. A new client is one file and one line in each table here and in
// honours.ts.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { MillraceError } from '../../core/errors.ts'
import { type Driver, driverPackages } from '../driver.ts'
import type { DriverName } from '../plan.ts'

const files: Readonly<Record<DriverName, () => Promise<{ readonly driver: Driver }>>> = {
  kafkajs: () => import('./kafkajs.ts'),
  platformatic: () => import('./platformatic.ts'),
  confluent: () => import('./confluent.ts'),
}

export async function loadDriver(name: DriverName): Promise<Driver> {
  try {
    return (await files[name]()).driver
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND'
    throw isMissing ? missing(name, cause) : unusable(name, cause as Error)
  }
}

/** The version that is installed, without loading it; throws CLIENT_MISSING. */
export function driverVersion(name: DriverName): string {
  const packageName = driverPackages[name]
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(packageName)
  } catch (cause) {
    throw missing(name, cause)
  }
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    const found = versionIn(join(folder, 'package.json'), packageName)
    if (found !== undefined) return found
  }
  return 'unknown'
}

function versionIn(path: string, packageName: string): string | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(path, 'utf8')) as { name?: string; version?: string }
    return name === packageName ? version : undefined
  } catch {
    return undefined
  }
}

const missing = (name: DriverName, cause: unknown) =>
  new MillraceError('CLIENT_MISSING', `client ${name}: the package ${driverPackages[name]} is not installed here`, {
    hint: `npm install ${driverPackages[name]}, beside millrace; or take another --client.`,
    cause,
  })

const unusable = (name: DriverName, cause: Error) =>
  new MillraceError(
    'CLIENT_MISSING',
    `client ${name}: ${driverPackages[name]} is installed and does not load: ${cause.message}`,
    {
      hint: `Reinstall ${driverPackages[name]}; one with native parts must be built for this Node.`,
      cause,
    },
  )
