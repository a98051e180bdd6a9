// The confluent client as it is installed. What it does is confluent-driver.ts, which can be had without the package.
import { type Driver, driverPackages } from '../driver.ts'
import { type ConfluentPackage, confluentDriver } from './confluent-driver.ts'

/** Not a literal: the compiler would look for types of a package that need not be there. */
const packageName: string = driverPackages.confluent
const load = async (): Promise<ConfluentPackage> => {
  const loaded = (await import(packageName)) as ConfluentPackage & { readonly default?: ConfluentPackage }
  return loaded.KafkaJS === undefined ? loaded.default! : loaded
}

export const driver: Driver = confluentDriver(await load())
