// What a script sees of a result: 0, the code of the first reason, or the code of an interrupted run. The first reason
// wins, because later ones are mostly its consequences.
import { errorKinds, exitCodes } from '../../core/errors.ts'
import type { Result } from '../result.ts'

export function exitCodeOf({ verdict, reasons }: Pick<Result, 'verdict' | 'reasons'>): number {
  if (verdict === 'ok') return exitCodes.ok
  if (verdict === 'interrupted') return exitCodes.interrupted
  const code = reasons[0]?.code
  return code !== undefined && Object.hasOwn(errorKinds, code)
    ? errorKinds[code as keyof typeof errorKinds].exitCode
    : exitCodes.internal
}
