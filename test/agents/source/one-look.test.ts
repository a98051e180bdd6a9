// Shows how one look asks brokers: one that kept silent is not asked again, one that is only slow with one request is, and a look
// that nobody answers any more has failed. Method: a cluster of scripted answers, no sockets and no time.
import { describe, expect, it } from 'vitest'
import { type AskedCluster, OneLook } from '../../../agents/source/one-look.ts'
import { MillraceError } from '../../../core/errors.ts'
import { listGroups } from '../../../wire/apis/16-list-groups.ts'
import { kafkaCode, kafkaError } from '../../../wire/error-codes.ts'

const nothing = { clusterId: null, controllerId: 1, brokers: new Map(), topics: new Map() }
const silent = () => new MillraceError('REQUEST_TIMEOUT', 'no answer')
const closed = () => new MillraceError('CONNECTION_CLOSED', 'closed')

/** `answers`: by broker, what becomes of each request in turn; the last one goes for all that follow. */
function scripted(answers: Readonly<Record<number, readonly (() => unknown)[]>>, isThere = true) {
  const asked: number[] = []
  const look = new OneLook({
    metadata: async () => {
      asked.push(0)
      if (!isThere) throw closed()
      return nothing
    },
    send: (async (target: { readonly broker: number }) => {
      const { broker } = target
      const script = answers[broker]!
      const at = asked.filter(each => each === broker).length
      asked.push(broker)
      const answer = await script[Math.min(at, script.length - 1)]!()
      if (answer instanceof Error) throw answer
      return answer
    }) as AskedCluster['send'],
    forget: () => {},
  })
  const ask = (broker: number) =>
    look.send({ broker }, listGroups, { statesFilter: [], typesFilter: [] }).then(
      () => 'answered',
      (error: MillraceError) => error.code,
    )
  return { look, ask, asked }
}

const answer = () => 'answer'

describe('a look', () => {
  it('does not ask a broker again that has kept silent, and says of it what it said before', async () => {
    const { ask, asked } = scripted({ 1: [answer], 2: [silent] })
    expect([await ask(1), await ask(2), await ask(2), await ask(1)]).toEqual([
      'answered',
      'REQUEST_TIMEOUT',
      'REQUEST_TIMEOUT',
      'answered',
    ])
    expect(asked).toEqual([1, 2, 1])
  })

  it('asks one again that answered something else meanwhile, or closed the connection', async () => {
    const slow = Promise.withResolvers<unknown>()
    const { ask, asked } = scripted({ 1: [() => slow.promise, answer], 2: [closed, answer] })
    const waiting = ask(1)
    expect(await ask(1)).toBe('answered')
    slow.resolve(silent())
    expect(await waiting).toBe('REQUEST_TIMEOUT')
    expect([await ask(1), await ask(2), await ask(2)]).toEqual(['answered', 'CONNECTION_CLOSED', 'answered'])
    expect(asked).toEqual([1, 1, 1, 2, 2])
  })

  it('has failed when no broker is left that answers', async () => {
    const { look, ask, asked } = scripted({ 1: [answer, closed], 2: [silent] })
    expect([await ask(1), await ask(2), await ask(1)]).toEqual(['answered', 'REQUEST_TIMEOUT', 'CONNECTION_CLOSED'])
    await expect(look.assertAnswered()).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    expect(asked).toEqual([1, 2, 1])
  })

  it('has not when others answered later; those that answered only before are asked whether they are still there', async () => {
    const later = scripted({ 1: [answer], 2: [silent] })
    expect([await later.ask(2), await later.ask(1)]).toEqual(['REQUEST_TIMEOUT', 'answered'])
    await later.look.assertAnswered()
    expect(later.asked).toEqual([2, 1])
    for (const isThere of [true, false]) {
      const before = scripted({ 1: [answer], 2: [silent] }, isThere)
      expect([await before.ask(1), await before.ask(2)]).toEqual(['answered', 'REQUEST_TIMEOUT'])
      const asserted = before.look.assertAnswered()
      if (isThere) await asserted
      else await expect(asserted).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
      expect(before.asked).toEqual([1, 2, 0])
    }
  })

  it('takes what a broker refuses for an answer', async () => {
    const refused = () => kafkaError(kafkaCode.COORDINATOR_NOT_AVAILABLE, 'groups')
    const { look, ask, asked } = scripted({ 1: [refused] })
    await ask(1)
    await ask(1)
    await look.assertAnswered()
    expect(asked).toEqual([1, 1])
  })
})
