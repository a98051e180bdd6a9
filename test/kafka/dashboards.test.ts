// Shows that every query of every board returns data from a real Prometheus that scrapes the real agent, a real run, and real Kafka with
// the JMX exporter. What a healthy cluster does not have is made on purpose (test/dashboards/scene.ts).
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { interpolate } from '../../dashboards/preview/interpolate.ts'
import { describeClient, reasonWithout } from '../broker/clients/describe-client.ts'
import { boardFiles, queriesOf } from '../dashboards/boards.ts'
import { groups, type Scene, scrapeSecOf, startScene, topics } from '../dashboards/scene.ts'
import { describeKafka } from './harness/describe-kafka.ts'

/** Far more than a machine takes that has nothing else to do. */
const timeout = 240_000
const waiting = { timeout: 100_000, interval: 1_000 }

/** What there is only when brokers refuse the canary, which then proves nothing any more: looked for last. */
const ofRefusedCanary = 'canary / Failures / A'

/** Not every group and topic has, by itself, all that a board can show: one of those that a user could choose must have it. */
const choices = groups.flatMap(group => topics.map(topic => ({ group, topic })))

function questions(board: string, expr: string): string[] {
  // Where there is little CPU scrapes are missed now and then: a rate is asked for over as many more.
  const scrapeSec = 3 * scrapeSecOf(board === 'brokers-jmx' ? 'jmx' : 'agent')
  const all = { cluster: 'main', job: '.*', connect: '.*', consumergroup: '.*' }
  const asked = choices.map(({ group, topic }) => {
    const own = { group: board === 'consumer-lag' ? '.*' : group, topic: board === 'load-run' ? '.*' : topic }
    return interpolate(expr, { values: { ...all, ...own }, rangeSec: 60, stepSec: 1, scrapeSec })
  })
  return [...new Set(asked)]
}

describeKafka('boards on a live Prometheus', () => {
  describeClient('Prometheus', reasonWithout('prometheus', '--version', 'prometheus'), () => {
    let scene: Scene
    beforeAll(async () => {
      scene = await startScene({ brokers: 1, rate: 300 })
    }, timeout)
    afterAll(() => scene?.close())

    async function hasSamples(query: string): Promise<boolean> {
      const response = await fetch(`${scene.url}/api/v1/query?${new URLSearchParams({ query })}`)
      const answer = (await response.json()) as Answer
      expect(answer.status, `${query}: ${answer.error}`).toBe('success')
      return answer.data.result.some(({ value }) => value[1] !== 'NaN')
    }

    async function hasData(asked: readonly string[]): Promise<boolean> {
      for (const query of asked) if (await hasSamples(query)) return true
      return false
    }

    /** Each has to be seen once. */
    async function seen(queries: readonly Query[]): Promise<void> {
      let open = queries
      await vi.waitFor(async () => {
        const still = await Promise.all(open.map(async query => ((await hasData(query.asked)) ? [] : [query])))
        open = still.flat()
        const missing = open.map(({ where, asked }) => `${where}: ${asked.at(-1)}`)
        expect(missing, scene.ended().join('\n')).toEqual([])
      }, waiting)
    }

    it('every query of every panel returns data', { timeout }, async () => {
      const all = boardFiles.flatMap(file =>
        queriesOf(file).map(({ where, target }) => ({ where, asked: questions(file.name, target.expr) })),
      )
      const isLast = ({ where }: Query) => where === ofRefusedCanary
      expect(all.filter(isLast)).toHaveLength(1)
      await seen(all.filter(query => !isLast(query)))
      await scene.refuseCanary()
      await seen(all.filter(isLast))
    })
  })
})

interface Query {
  /** Board, panel and query. */
  readonly where: string
  readonly asked: readonly string[]
}

interface Answer {
  readonly status: string
  readonly error?: string
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] }
}
