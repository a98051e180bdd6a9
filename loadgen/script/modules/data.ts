// `k6/data`: data that all VUs of a thread read and none changes.
import { MillraceError } from '../../../core/errors.ts'

const made = new Map<string, readonly unknown[]>()

/** `make` is called once in a thread, whichever VU is first; all VUs of the thread share what it returns, frozen. */
function sharedArray<Item>(name: string, make: () => readonly Item[]): readonly Item[] {
  const known = made.get(name) as readonly Item[] | undefined
  if (known !== undefined) return known
  const items = make()
  if (!Array.isArray(items)) {
    throw new MillraceError('SCRIPT_EXCEPTION', `SharedArray "${name}" is not made of an array`)
  }
  const frozen = Object.freeze(items.map(deepFrozen)) as readonly Item[]
  made.set(name, frozen)
  return frozen
}

function deepFrozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  for (const inner of Object.values(value)) deepFrozen(inner)
  return Object.freeze(value)
}

/** With `new`, as in k6: a function that returns an object may be called so, and an arrow function may not. */
export const SharedArray = sharedArray as unknown as new <Item>(
  name: string,
  make: () => readonly Item[],
) => readonly Item[]

export default { SharedArray }
