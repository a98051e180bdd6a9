// What a script threw, as plain data that survives the way between threads, with the place in the script.
import { fileURLToPath } from 'node:url'
import { MillraceError } from '../../core/errors.ts'
import type { PlainError } from '../worker/contract.ts'

export function plainError(error: unknown, file: string): PlainError {
  if (error instanceof MillraceError) {
    const { code, message, hint, kafkaCode } = error
    return { code, message, hint, kafkaCode }
  }
  return { code: 'SCRIPT_EXCEPTION', message: scriptErrorText(error, file), hint: '', kafkaCode: undefined }
}

/** `Error: no such order (orders.ts:12:9)`: of the stack only the place in the script. */
export function scriptErrorText(error: unknown, file: string): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`
  const place = error.stack
    ?.split('\n')
    .map(frame => /\(?(file:\/\/[^)\s]+?)(?:\?vu=\d+)?:(\d+):(\d+)\)?$/.exec(frame))
    .find(match => match !== null && fileURLToPath(match[1]!) === file)
  const where = place ? ` (${file}:${place[2]}:${place[3]})` : ` (${file})`
  return `${error.name}: ${error.message}${where}`
}
