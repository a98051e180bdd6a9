// What a script sees of a result: 0, the code of the first reason, or the code of an interrupted run. The first reason
// wins, because later ones are mostly its consequences.
import { errorKinds, exitCodes } from '../../core/errors.ts'
import type { ResultSet } from '../repeat/model.ts'
import type { Result } from '../result.ts'

export interface ExitRules {
  /** --require-valid: numbers that may not be quoted are a failure. */
  readonly requireValid?: boolean
}

export function exitCodeOf(
  { verdict, reasons, validity }: Pick<Result, 'verdict' | 'reasons' | 'validity'>,
  { requireValid = false }: ExitRules = {},
): number {
  if (verdict === 'ok') return requireValid && validity?.verdict !== 'valid' ? exitCodes.notValid : exitCodes.ok
  if (verdict === 'interrupted') return exitCodes.interrupted
  const code = reasons[0]?.code
  return code !== undefined && Object.hasOwn(errorKinds, code)
    ? errorKinds[code as keyof typeof errorKinds].exitCode
    : exitCodes.internal
}

/** The first run that went wrong decides; a run that could not begin at all is a reason of the set. */
export function exitCodeOfSet({ verdict, reasons, runs }: ResultSet, rules: ExitRules = {}): number {
  const codes = runs.map(({ result }) => exitCodeOf(result, rules))
  const failed = runs.findIndex(({ result }) => result.verdict === 'failed')
  if (failed >= 0) return codes[failed]!
  if (verdict !== 'ok') return exitCodeOf({ verdict, reasons })
  return codes.find(code => code !== exitCodes.ok) ?? exitCodes.ok
}
