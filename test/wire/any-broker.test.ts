// Shows who is asked when any broker can answer: the next one at once after a failure, and beside the first after its patience.
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../core/errors.ts'
import { firstAnswer } from '../../wire/any-broker.ts'

/** Patience that passes when the test says so, and brokers that answer when the test says so. */
class Scene {
  readonly asked: string[] = []
  readonly #brokers = new Map<string, PromiseWithResolvers<string>>()
  #patience = Promise.withResolvers<void>()
  nowMs = 0

  ask = (name: string): Promise<string> => {
    this.asked.push(name)
    return this.broker(name).promise
  }

  broker(name: string): PromiseWithResolvers<string> {
    const known = this.#brokers.get(name) ?? Promise.withResolvers<string>()
    this.#brokers.set(name, known)
    return known
  }

  answer = (name: string) => this.broker(name).resolve(`by ${name}`)

  refuse = (name: string) =>
    this.broker(name).reject(new MillraceError('BROKER_UNREACHABLE', `${name} refused`, { retriable: true }))

  async losePatience(): Promise<void> {
    const passed = this.#patience
    this.#patience = Promise.withResolvers()
    passed.resolve()
    await settled()
  }

  run(names: readonly string[]): Promise<string> {
    const wait = () => this.#patience.promise
    const options = { patienceMs: 1_000, giveUpMs: 30_000, nowMs: () => this.nowMs, wait }
    return firstAnswer(names, this.ask, options, failures => {
      return new MillraceError('BROKER_UNREACHABLE', failures.map(({ message }) => message).join(', '))
    })
  }
}

const settled = () => new Promise(done => setImmediate(done))

describe('any broker', () => {
  it('one that answers is the only one that is asked', async () => {
    const scene = new Scene()
    scene.answer('a')
    expect(await scene.run(['a', 'b'])).toBe('by a')
    expect(scene.asked).toEqual(['a'])
  })

  it('after a failure the next one is asked without waiting', async () => {
    const scene = new Scene()
    scene.refuse('a')
    scene.answer('b')
    expect(await scene.run(['a', 'b', 'c'])).toBe('by b')
    expect(scene.asked).toEqual(['a', 'b'])
  })

  it('beside a slow one the next is asked, and the first answer counts', async () => {
    const scene = new Scene()
    const running = scene.run(['frozen', 'b', 'c'])
    await settled()
    expect(scene.asked).toEqual(['frozen'])
    await scene.losePatience()
    expect(scene.asked).toEqual(['frozen', 'b'])
    scene.answer('b')
    expect(await running).toBe('by b')
    expect(scene.asked).toEqual(['frozen', 'b'])
  })

  it('a slow one that answers after all is as good', async () => {
    const scene = new Scene()
    const running = scene.run(['slow', 'frozen', 'c'])
    await settled()
    await scene.losePatience()
    scene.answer('slow')
    expect(await running).toBe('by slow')
    expect(scene.asked).toEqual(['slow', 'frozen'])
  })

  it('when none answers the error has what each said; nobody new is asked when the time is over', async () => {
    const scene = new Scene()
    const running = scene.run(['a', 'b', 'c'])
    await settled()
    scene.nowMs = 30_000
    await scene.losePatience()
    scene.refuse('a')
    await expect(running).rejects.toMatchObject({ message: 'a refused' })
    expect(scene.asked).toEqual(['a'])
  })

  it('a mistake of our own is not hidden by asking others', async () => {
    const scene = new Scene()
    scene.broker('a').reject(new TypeError('oops'))
    scene.refuse('b')
    await expect(scene.run(['a', 'b'])).rejects.toThrow('oops')
  })
})
