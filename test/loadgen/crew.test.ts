// Shows that worker threads start and end together, that the first failure is the run's and stops the others, and that the end
// of the work is not held up by the end of a thread.
// Method: real threads that speak the contract (fake-worker.ts); and one that is the real worker, with nobody to connect to.
import { afterEach, describe, expect, it } from 'vitest'
import { makeClock, makeClockOrigin } from '../../core/clock.ts'
import { Crew, type WorkerTask } from '../../loadgen/crew.ts'
import type { WorkerRole } from '../../loadgen/worker/contract.ts'
import { zeroCounts } from '../../loadgen/worker/slots.ts'
import { clientDefaults } from '../../wire/settings.ts'
import { benchOf, produceOf } from './plans.ts'
import { noRun } from './stamps.ts'

const fakeWorker = new URL('./fake-worker.ts', import.meta.url)
const crews: Crew[] = []
afterEach(async () => {
  for (const crew of crews.splice(0)) await crew.terminate()
})

function crewOf(fate: string, roles: readonly WorkerRole[], { isReal = false } = {}) {
  const origin = makeClockOrigin()
  const said: string[] = []
  const client = { ...clientDefaults, bootstrap: [{ host: '127.0.0.1', port: 1 }], connectTimeoutMs: 2_000 }
  const tasks = roles.map(
    (role, worker): WorkerTask => ({
      ...{ role, worker, plan: benchOf({ produce: produceOf(), client }), topic: { name: fate, id: '' } },
      ...{ run: noRun, leaders: [1], assignments: [], rate: undefined, recordsMax: 1 },
    }),
  )
  const hooks = {
    onRetries: (role: WorkerRole, byCode: object) => void said.push(`${role} ${JSON.stringify(byCode)}`),
    onNotice: (text: string) => void said.push(text),
  }
  const crew = new Crew(tasks, makeClock(origin), origin, hooks, ...(isReal ? [] : [fakeWorker]))
  crews.push(crew)
  return { crew, said }
}

describe('a crew', () => {
  it('begins together, is told when to end, and leaves its counts and outcomes', async () => {
    const { crew, said } = crewOf('works', ['produce', 'produce', 'consume'])
    await crew.ready(1_000)
    const before = performance.now()
    expect(crew.start(Number.POSITIVE_INFINITY)).toBeGreaterThan(0)
    crew.readUntil([5, 6])
    crew.stop()
    await crew.finished('produce')
    await crew.finished('consume')
    expect(performance.now() - before).toBeLessThan(5_000)
    expect(crew.failure).toBeUndefined()
    expect(crew.outcomesOf('produce').map(({ books }) => books[0]!.acked)).toEqual([1, 2])
    expect(crew.outcomesOf('consume').map(({ reachedEnd }) => reachedEnd)).toEqual([true])
    // Only consumers are told where to read to.
    expect(said).toEqual(['told {"type":"until","endOffsets":[5,6]}'])
    const counts = zeroCounts()
    for (const slots of [...crew.slotsOf('produce'), ...crew.slotsOf('consume')]) slots.addGrowthTo(counts)
    expect(counts.records).toBe(30)
  })

  it('stops one side and not the other', async () => {
    const { crew } = crewOf('works', ['produce', 'consume'])
    await crew.ready(1_000)
    crew.start(1e9)
    let consumersEnded = false
    void crew.finished('consume').then(() => {
      consumersEnded = true
    })
    crew.stop('produce')
    await crew.finished('produce')
    expect(consumersEnded).toBe(false)
  })

  it('has nobody to wait for on a side without workers', async () => {
    const { crew } = crewOf('works', ['produce'])
    await crew.ready(1_000)
    await crew.finished('consume')
    expect(crew.outcomesOf('consume')).toEqual([])
  })

  it('of which one fails at once is not ready, with that failure', async () => {
    const { crew } = crewOf('fails at once', ['produce', 'produce'])
    await expect(crew.ready(1_000)).rejects.toMatchObject({
      code: 'SENDS_FAILED',
      message: 'worker 0 failed',
      hint: 'try again',
      kafkaCode: 7,
    })
  })

  it('of which one fails is told so at once, though its thread goes on', async () => {
    const { crew } = crewOf('fails and lingers', ['produce', 'produce'])
    await expect(crew.ready(60_000)).rejects.toMatchObject({ code: 'SENDS_FAILED', message: 'worker 0 failed' })
  })

  it('of which one fails later stops, keeps what was acknowledged, and has that failure', async () => {
    const { crew, said } = crewOf('fails later', ['produce', 'produce', 'consume'])
    await crew.ready(1_000)
    crew.start(1e9)
    await crew.finished('produce')
    await crew.finished('consume')
    expect(crew.failure).toMatchObject({ code: 'SENDS_FAILED', message: 'worker 0 failed' })
    expect(crew.outcomesOf('produce').map(({ books }) => books[0]!.acked)).toEqual([1, 2])
    expect(said).toEqual(['produce {"REQUEST_TIMEOUT":2}'])
  })

  it('of which one crashes stops, and says where', async () => {
    const { crew } = crewOf('crashes', ['produce', 'produce'])
    await crew.ready(1_000)
    crew.start(1e9)
    await crew.finished('produce')
    expect(crew.failure).toMatchObject({ code: 'INTERNAL' })
    expect(crew.failure!.message).toContain('what nobody thought of')
    expect(crew.failure!.message).toContain('fake-worker')
  })

  it('is finished when the work is, not when the last thread has gone', async () => {
    const { crew } = crewOf('lingers', ['produce'])
    await crew.ready(1_000)
    crew.start(1e9)
    await crew.finished('produce')
    expect(crew.outcomesOf('produce')).toMatchObject([{ books: [{ acked: 1 }], reachedEnd: true }])
  })

  it('without a broker to connect to is told so by the real worker', async () => {
    const { crew } = crewOf('orders', ['produce', 'consume'], { isReal: true })
    await expect(crew.ready(2_000)).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
  })
})
