// Shows that every query of every board returns data from a real Prometheus that scrapes the real agent, a real run, and real Kafka with
// the JMX exporter. What a healthy cluster does not have is made on purpose (test/dashboards/scene.ts); what is left is listed below.
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { interpolate } from '../../dashboards/preview/interpolate.ts'
import { describeClient, reasonWithout } from '../broker/clients/describe-client.ts'
import { boardFiles, queriesOf } from '../dashboards/boards.ts'
import { groups, type Scene, scrapeSecOf, startScene, topics } from '../dashboards/scene.ts'
import { describeKafka } from './harness/describe-kafka.ts'

const waiting = { timeout: 60_000, interval: 1_000 }

/** Queries that may return nothing, and what would have to happen. */
const mayBeEmpty: Readonly<Record<string, string>> = {
  'canary / Failures / A': 'a request of the canary fails: a broker is lost, which costs more seconds than it shows',
  'load-run / Records of transactions, and records handled / B':
    'consumers pass on what they read: another run beside this one',
  'load-run / Iterations a second / A': 'the run is a test (millrace run)',
  'load-run / Iterations a second / B': 'the run is a test (millrace run)',
  'load-run / Checks that did not hold / A': 'the run is a test (millrace run)',
}

/** Not every group and topic has, by itself, all that a board can show: one of those that a user could choose must have it. */
const choices = groups.flatMap(group => topics.map(topic => ({ group, topic })))

function questions(board: string, expr: string): string[] {
  // Where there is little CPU a scrape of JMX is missed now and then.
  const scrapeSec = board === 'brokers-jmx' ? 3 * scrapeSecOf('jmx') : scrapeSecOf('agent')
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
      scene = await startScene({ brokers: 1, runSec: 90, rate: 300 })
    })
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

    it('every query of every panel returns data', async () => {
      const all = boardFiles.flatMap(file =>
        queriesOf(file).map(({ where, target }) => ({ where, asked: questions(file.name, target.expr) })),
      )
      for (const where of Object.keys(mayBeEmpty)) expect(all.map(each => each.where)).toContain(where)
      let open = all.filter(({ where }) => mayBeEmpty[where] === undefined)
      // Each has to be seen once.
      await vi.waitFor(async () => {
        const still = await Promise.all(open.map(async query => ((await hasData(query.asked)) ? [] : [query])))
        open = still.flat()
        expect(open.map(({ where, asked }) => `${where}: ${asked.at(-1)}`)).toEqual([])
      }, waiting)
    })
  })
})

interface Answer {
  readonly status: string
  readonly error?: string
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] }
}
