// What a look leaves behind is garbage: answers of brokers, maps, text. V8 would let it grow to several times what the thread keeps
// before it collects, and a sidecar pays for that all day. So it is told to collect when a look has left much; that takes some dozen
// milliseconds, in the collecting thread only.
import { getHeapStatistics } from 'node:v8'
import { collectGarbage } from '../../core/garbage.ts'

const garbageBytesMin = 8 * 1024 * 1024
/** Of what was kept the last time: collecting takes as long as there is much to keep, so a large heap is collected after more. */
const garbageShareMin = 0.25

export class HeapTidier {
  #keptBytes = getHeapStatistics().used_heap_size

  /** For moments when something has just become garbage. */
  tidy(): void {
    const garbageBytes = getHeapStatistics().used_heap_size - this.#keptBytes
    if (garbageBytes < Math.max(garbageBytesMin, this.#keptBytes * garbageShareMin)) return
    collectGarbage()
    this.#keptBytes = getHeapStatistics().used_heap_size
  }
}
