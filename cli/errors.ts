// How an error looks to a user: what, where, and what to do about it. A stack trace is for those who ask for one.
import { inspect } from 'node:util'
import { type ErrorCode, errorKinds, isMillraceError, MillraceError } from '../core/errors.ts'

/** Anything that is thrown: millrace's own errors as they are, everything else is a bug. */
export function asMillraceError(error: unknown): MillraceError {
  if (isMillraceError(error)) return error
  return new MillraceError('INTERNAL', error instanceof Error ? error.message : String(error), { cause: error })
}

export function errorText(error: MillraceError, debug: boolean): string {
  const text = codedText(error.code, error.message, error.hint)
  return debug ? `${text}${inspect(error, { depth: 5 })}\n` : text
}

/** A reason of a result, printed like an error. */
export function reasonText({ code, message }: { readonly code: string; readonly message: string }): string {
  const hint = Object.hasOwn(errorKinds, code) ? errorKinds[code as ErrorCode].hint : errorKinds.INTERNAL.hint
  return codedText(code, message, hint)
}

const codedText = (code: string, message: string, hint: string): string => `error ${code}: ${message}\nhint: ${hint}\n`
