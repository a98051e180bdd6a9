// Garbage collection at a moment of our choosing. V8 collects when memory has grown, which is later than a process wants that is paid
// for by its resident memory; what lies outside of its heap, as the bytes of buffers do, it notices last.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (options: { readonly type: 'minor' | 'major'; readonly execution: 'sync' }) => void

let collect: Collect | undefined

/** minor: what is young, in a millisecond or less. major: everything, in some dozen milliseconds for a heap of 20 MB. Of this thread. */
export function collectGarbage(type: 'minor' | 'major'): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as Collect
  }
  collect({ type, execution: 'sync' })
}
