// What a result says of the client under test.
import { driverPackages } from '../driver.ts'
import type { BenchPlan } from '../plan.ts'
import type { ClientResult } from '../result.ts'
import { driverNotes } from './honours.ts'
import { driverVersion } from './load.ts'

/** Absent for millrace's own client. Throws CLIENT_MISSING when the client is not installed. */
export function clientUnderTest(plan: BenchPlan): ClientResult | undefined {
  const { driver } = plan
  if (driver === undefined) return undefined
  const { notHonoured, byMillrace, notObserved } = driverNotes(driver, plan)
  return {
    name: driver,
    package: driverPackages[driver],
    version: driverVersion(driver),
    notHonoured: [...notHonoured],
    byMillrace: [...byMillrace],
    notObserved: [...notObserved],
  }
}
