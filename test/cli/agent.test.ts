// Shows `millrace agent` as its user starts it: where its page is, that Ctrl-C ends it with 0, an address that is taken, and what
// is wrong told at once. Method: the whole program against an embedded broker.
import { EventEmitter } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { millrace } from './millrace.ts'

let brokers: EmbeddedCluster
beforeAll(async () => {
  brokers = await startBroker()
})
afterAll(() => brokers.close())

function agent(
  args: readonly string[],
  onStdout: (text: string) => Promise<void> = async () => {},
  env: Record<string, string> = {},
) {
  const events = new EventEmitter()
  const thenInterrupt = (text: string) => void onStdout(text).finally(() => events.emit('SIGINT'))
  return millrace(['agent', ...args], { env, events, onStdout: thenInterrupt })
}

describe('millrace agent', () => {
  it('says where its page is, serves it, and ends with Ctrl-C', async () => {
    let page = ''
    const { stdout, exitCode } = await agent(
      ['--bootstrap', brokers.bootstrap, '--listen', '127.0.0.1:0'],
      async text => {
        const url = /http:\S+/.exec(text)![0]
        page = await (await fetch(url)).text()
      },
    )
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringMatching(/^millrace agent: http:\/\/127\.0\.0\.1:\d+\/metrics\n$/),
    ])
    expect(page).toContain('millrace_agent_info{version="')
  })

  it('an address that is taken: a coded error', async () => {
    const other = createServer()
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    const { stderr, exitCode } = await agent(['--bootstrap', brokers.bootstrap, '--listen', `127.0.0.1:${port}`])
    other.close()
    expect([exitCode, stderr]).toEqual([30, expect.stringContaining(`cannot listen on 127.0.0.1:${port}: EADDRINUSE`)])
  })

  it('tells everything that is wrong at once', async () => {
    const { stderr, exitCode } = await agent(['--listen', 'nine', '--lag-interval', '10', '--bootstrp', 'x'])
    expect(exitCode).toBe(104)
    for (const part of [
      '--listen: "nine" is not an address',
      '--lag-interval',
      'did you mean --bootstrap?',
      '--bootstrap: is required',
    ]) {
      expect(stderr).toContain(part)
    }
  })

  it('what Kubernetes sets for a Service named millrace-agent is no setting, and nothing else like it', async () => {
    const links = {
      MILLRACE_AGENT_SERVICE_HOST: '10.0.0.7',
      MILLRACE_AGENT_SERVICE_PORT: '9400',
      MILLRACE_AGENT_SERVICE_PORT_METRICS: '9400',
      MILLRACE_AGENT_PORT: 'tcp://10.0.0.7:9400',
      MILLRACE_AGENT_PORT_9400_TCP: 'tcp://10.0.0.7:9400',
      MILLRACE_AGENT_PORT_9400_TCP_PROTO: 'tcp',
      MILLRACE_AGENT_PORT_9400_TCP_ADDR: '10.0.0.7',
    }
    const { stderr } = await agent(['--listen', 'nine', '--bootstrap', 'k:9092'], undefined, links)
    expect(stderr).toContain('--listen')
    expect(stderr).not.toContain('MILLRACE_AGENT_')
    const mistaken = await agent(['--bootstrap', 'k:9092'], undefined, { MILLRACE_AGENT_PORT: '9500' })
    expect([mistaken.exitCode, mistaken.stderr]).toEqual([104, expect.stringContaining('MILLRACE_AGENT_PORT')])
  })
})
