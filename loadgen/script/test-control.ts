// What a script may know of the whole test, and do to it. Of the part of the test that its thread runs.
import { MillraceError } from '../../core/errors.ts'

export interface TestControlOfThread {
  readonly options: unknown
  iterationsCompleted(): number
  vusActive(): number
  vusInitialized(): number
  elapsedMs(): number
  abort(reason: string): void
  fail(reason: string): void
}

let ofThread: TestControlOfThread | undefined

export function setTestControl(control: TestControlOfThread): void {
  ofThread = control
}

export function testControl(): TestControlOfThread {
  if (ofThread !== undefined) return ofThread
  throw new MillraceError('SCRIPT_EXCEPTION', 'the test has not begun')
}
