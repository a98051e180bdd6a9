// Shows how parts are started and ended: one after the other, the other way round, nothing left where one fails. Method: programs
// that are promises.
import { describe, expect, it } from 'vitest'
import type { Part } from '../../../cli/stack/parts.ts'
import { type Host, startParts } from '../../../cli/stack/start.ts'

const part = (name: Part['name'], isNeeded = true): Part => ({
  ...{ name, isNeeded, command: name, args: [], readyUrl: `http://${name}` },
})
const three = [part('kafka'), part('agent'), part('prometheus')]

class FakeHost implements Host {
  readonly said: string[] = []
  readonly ends = new Map<string, (how: string) => void>()
  readonly output: string
  readonly isUp: (url: string) => boolean
  constructor(isUp: (url: string) => boolean = () => true, output = '') {
    this.isUp = isUp
    this.output = output
  }
  start({ name }: Part) {
    this.said.push(`start ${name}`)
    const { promise, resolve } = Promise.withResolvers<string>()
    this.ends.set(name, resolve)
    return {
      ended: promise,
      output: () => this.output,
      end: async () => {
        this.said.push(`end ${name}`)
        resolve('code 0')
      },
    }
  }
  async answers(url: string) {
    this.said.push(`ask ${url}`)
    return this.isUp(url)
  }
  onEnd(text: string) {
    this.said.push(text)
  }
}

describe('startParts', () => {
  it('starts each when the one before answers, and ends them the other way round', async () => {
    const host = new FakeHost()
    const { close } = await startParts(three, host)
    expect(host.said).toEqual([
      ...['start kafka', 'ask http://kafka', 'start agent', 'ask http://agent'],
      ...['start prometheus', 'ask http://prometheus'],
    ])
    host.said.length = 0
    await close()
    expect(host.said).toEqual(['end prometheus', 'end agent', 'end kafka'])
  })

  it('one that ends before it is ready is told with its last words, and those before it are ended', async () => {
    const host: FakeHost = new FakeHost(url => {
      if (url === 'http://agent') host.ends.get('agent')!('code 1')
      return url !== 'http://agent'
    }, 'first\nbind: address already in use\n')
    await expect(startParts(three, host)).rejects.toMatchObject({
      code: 'SIDE_FAILED',
      message: 'agent has ended (code 1) and was never ready:\n  first\n  bind: address already in use',
    })
    expect(host.said.slice(-2)).toEqual(['end agent', 'end kafka'])
    expect(host.said).not.toContain('start prometheus')
  })

  it('one that does not answer in time is told too', async () => {
    const host = new FakeHost(url => url === 'http://kafka')
    await expect(startParts(three, host, undefined, 0)).rejects.toMatchObject({
      code: 'SIDE_FAILED',
      message: 'agent did not answer at http://agent within 0 s',
    })
    expect(host.said.slice(-2)).toEqual(['end agent', 'end kafka'])
  })

  it('an abort starts no more, and what runs can be ended', async () => {
    const controller = new AbortController()
    const host = new FakeHost(url => {
      if (url === 'http://agent') controller.abort()
      return url !== 'http://agent'
    })
    const { close } = await startParts(three, host, controller.signal)
    await close()
    expect(host.said).not.toContain('start prometheus')
    expect(host.said.slice(-2)).toEqual(['end agent', 'end kafka'])
  })

  it('the end of a part that is needed is the end; of another it is told', async () => {
    const host = new FakeHost(undefined, 'out of memory\n')
    const { lost } = await startParts([...three, part('load', false)], host)
    host.ends.get('load')!('code 13')
    host.ends.get('prometheus')!('SIGKILL')
    expect((await lost).message).toBe('prometheus has ended (SIGKILL):\n  out of memory')
    expect(host.said.at(-1)).toBe('load has ended (code 13):\n  out of memory')
  })
})
