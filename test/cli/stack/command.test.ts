// Shows `millrace stack` as a user meets it where nothing is started: problems that are all told, programs that are missing, and nothing
// that runs. Method: the program with an environment of our own.
import { EventEmitter, once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../../../cli/program.ts'
import { claimState, statePath } from '../../../cli/stack/state.ts'
import { type Notice, startWebhook } from '../../../cli/stack/webhook.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-stack-cli-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

async function ran(...args: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const env = { PATH: dir, XDG_STATE_HOME: dir }
  const code = await runCli(['stack', ...args], { stdout, stderr, env, events: new EventEmitter(), exit() {} })
  stdout.end()
  stderr.end()
  return { code, stdout: await text(stdout), stderr: await text(stderr) }
}

describe('millrace stack', () => {
  it('tells all problems of its flags at once', async () => {
    const { code, stderr } = await ran(
      ...['up', '--load', 'much', '--agent-port', '0', '--command-config', 'x', '--foo'],
    )
    expect(code).toBe(104)
    for (const part of ['--load: "much" is not a rate', '--agent-port: 0 must be', '--command-config: needs --bootstrap', '--foo: is not a flag']) expect(stderr).toContain(part) // biome-ignore format: one line
    const other = await ran('up', '--bootstrap', 'k:9092', '--broker-port', '9092', '--load-port', '9000')
    expect(other.stderr).toMatch(/--broker-port: is of the embedded broker[\s\S]*--load-port: needs --load/)
    expect(await ran('status', '--all')).toMatchObject({ code: 104 })
  })

  it('says that Prometheus is missing, and how to install it; nothing is left', async () => {
    const { code, stderr } = await ran('up')
    expect(code).toBe(31)
    expect(stderr).toMatch(/error TOOL_MISSING: prometheus is not on the PATH\nhint: Install it: apt-get install/)
    expect(readdirSync(dir)).toEqual([])
  })

  it('a cluster that cannot be reached is told with its address and what to look at; nothing is started, nothing is left', async () => {
    // It would tell that it was started.
    writeFileSync(join(dir, 'prometheus'), `#!/bin/sh\ntouch ${dir}/started\n`, { mode: 0o755 })
    const nobody = createServer()
    await once(nobody.listen(0, '127.0.0.1'), 'listening')
    const { port } = nobody.address() as AddressInfo
    nobody.close()
    await once(nobody, 'close')
    const address = `127.0.0.1:${port}`
    const { code, stderr } = await ran('up', '--bootstrap', address)
    const wrong = await ran('up', '--bootstrap', address, '--command-config', join(dir, 'none.properties'))
    rmSync(join(dir, 'prometheus'))
    expect(stderr).toMatch(new RegExp(`^error BROKER_UNREACHABLE: .*${address} refused the connection: nothing listens there\\nhint: Check host and port of --bootstrap`)) // biome-ignore format: one line
    expect(code).toBe(20)
    expect(wrong).toMatchObject({ code: 104, stderr: expect.stringContaining('none.properties') })
    expect(readdirSync(dir)).toEqual([])
  })

  it('refuses thresholds that are not there', async () => {
    expect(await ran('up', '--thresholds', join(dir, 'none.yaml'))).toMatchObject({
      code: 104,
      stderr: expect.stringContaining('ENOENT'),
    })
  })

  it('status and down where nothing runs', async () => {
    expect(await ran('status')).toMatchObject({ code: 20, stdout: expect.stringContaining('no stack is running') })
    expect(await ran('down')).toMatchObject({ code: 0, stdout: expect.stringContaining('no stack is running') })
  })

  it('status tells what answers and what does not; a second up is refused', async () => {
    const nobody = 'http://127.0.0.1:1/'
    const places = [
      { name: 'kafka', address: 'k:9092' },
      { name: 'agent', address: nobody, readyUrl: nobody },
    ]
    const path = statePath({ XDG_STATE_HOME: dir })
    claimState(path, { pid: process.pid, startedAt: 'today', dir: '/tmp/s', places })
    const { code, stdout } = await ran('status')
    const second = await ran('up')
    rmSync(join(dir, 'millrace'), { recursive: true })
    expect(code).toBe(20)
    expect(stdout).toMatch(/since today\nkafka +k:9092\nagent +http:\/\/127\.0\.0\.1:1\/ +DOES NOT ANSWER\nfiles/)
    expect(second).toMatchObject({ code: 30, stderr: expect.stringContaining('millrace stack down') })
  })
})

describe('webhook', () => {
  it('hears each change of each alert once', async () => {
    const notices: Notice[] = []
    const webhook = await startWebhook(notice => notices.push(notice))
    const alert = (status: string) => ({ status, labels: { alertname: 'A', severity: 'critical' }, annotations: { summary: 's' } }) // biome-ignore format: one line
    const post = async (body: string) => (await fetch(webhook.url, { method: 'POST', body })).status
    for (const status of ['firing', 'firing', 'resolved'])
      expect(await post(JSON.stringify({ alerts: [alert(status)] }))).toBe(200)
    expect(await post('hello')).toBe(400)
    await webhook.close()
    expect(notices.map(({ alert: name, isFiring, summary }) => [name, isFiring, summary])).toEqual([
      ['A', true, 's'],
      ['A', false, 's'],
    ])
  })
})
