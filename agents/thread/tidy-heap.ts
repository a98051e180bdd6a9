// What a look leaves behind is garbage: answers of brokers, maps, text. V8 would let it grow to several times what the thread keeps
// before it collects, and a sidecar pays for that all day. So it is told to collect when a look has left much; that takes some dozen
// milliseconds, in the collecting thread only.
import { getHeapStatistics } from 'node:v8'
import { collectGarbage } from '../../core/garbage.ts'

const garbageBytesMin = 8 * 1024 * 1024

export class HeapTidier {
  #keptBytes = getHeapStatistics().used_heap_size

  afterLook(): void {
    if (getHeapStatistics().used_heap_size - this.#keptBytes < garbageBytesMin) return
    collectGarbage()
    this.#keptBytes = getHeapStatistics().used_heap_size
  }
}
