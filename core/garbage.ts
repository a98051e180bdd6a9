// Garbage collection at a moment of our choosing. V8 collects when memory has grown, which is later than a process wants that is paid
// for by its resident memory; what lies outside of its heap, as the bytes of buffers do, it notices last.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (options: { readonly type: 'major'; readonly execution: 'sync' }) => void

let collect: Collect | undefined

/** Of this thread; some dozen milliseconds for a heap of 20 MB. */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as Collect
  }
  collect({ type: 'major', execution: 'sync' })
}
