// What a client under test cannot do and what would change the meaning of a run: refused, at the flag that asks for it.
import { runsInThread } from '../drivers/honours.ts'
import type { DriverName } from '../plan.ts'
import type { Checked, Rule } from './bench-checks.ts'

const javascript: readonly DriverName[] = ['kafkajs', 'platformatic']

const driverOf = ({ options: { client } }: Checked): DriverName | undefined => (client === 'wire' ? undefined : client)

const isOneOf = (checked: Checked, drivers: readonly DriverName[]): boolean => {
  const driver = driverOf(checked)
  return driver !== undefined && drivers.includes(driver)
}

export const driverRules: readonly Rule[] = [
  checked =>
    runsInThread(driverOf(checked)) && (checked.options.workers ?? 1) > 1
      ? {
          at: 'workers',
          message: `--client ${driverOf(checked)} cannot be loaded in worker threads and has threads of its own: leave it out`,
        }
      : undefined,

  checked =>
    driverOf(checked) !== undefined && checked.options.catchUp !== undefined
      ? { at: 'catchUp', message: `is for --client wire: ${driverOf(checked)} is not made to fall behind` }
      : undefined,

  checked =>
    driverOf(checked) !== undefined && checked.options.groupProtocol !== undefined
      ? {
          at: 'groupProtocol',
          message: `is for --client wire: ${driverOf(checked)} is a member by itself with --group`,
        }
      : undefined,

  checked =>
    checked.mode !== 'consume' && driverOf(checked) !== undefined && checked.options.acks === 0
      ? { at: 'acks', message: `0 cannot be confirmed with --client ${driverOf(checked)}: use 1 or all` }
      : undefined,

  checked =>
    checked.mode === 'consume' && driverOf(checked) !== undefined && checked.options.decode === 'headers'
      ? {
          at: 'decode',
          message: `--client ${driverOf(checked)} decodes every record: only --client wire can leave it out`,
        }
      : undefined,

  checked =>
    checked.mode !== 'produce' && isOneOf(checked, ['platformatic']) && checked.options.isolation === 'read_committed'
      ? {
          at: 'isolation',
          message: '--client platformatic hands over the records of aborted transactions as well: use read_uncommitted',
        }
      : undefined,

  checked => {
    const { group, from } = checked.options
    if (driverOf(checked) === undefined || group === undefined) return undefined
    return from.kind === 'timestamp' || from.kind === 'offsets'
      ? {
          at: 'from',
          message: `a member of a group starts where the group stands: with --client ${driverOf(checked)} use earliest or latest`,
        }
      : undefined
  },

  checked => {
    const { group, untilEnd, duration, records } = checked.options
    if (driverOf(checked) === undefined || group === undefined) return undefined
    return untilEnd || (duration ?? records) === undefined
      ? {
          at: 'group',
          message: `with --client ${driverOf(checked)} needs --duration or --records: no member alone knows when all is read`,
        }
      : undefined
  },

  checked =>
    isOneOf(checked, javascript) && checked.given('noCrcCheck')
      ? {
          at: 'noCrcCheck',
          message: `has no effect with --client ${driverOf(checked)}, which never checks: leave it out`,
        }
      : undefined,
]
