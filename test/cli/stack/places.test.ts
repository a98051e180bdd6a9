// Shows what a stack finds before it starts: programs, ports, another stack. Method: a PATH, ports and a process table of our own.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { choosePorts, type Hold, usualPorts } from '../../../cli/stack/ports.ts'
import { claimState, processStart, readState, releaseState, statePath } from '../../../cli/stack/state.ts'
import { findTool, needTool } from '../../../cli/stack/tools.ts'

describe('tools', () => {
  const have = (...paths: string[]) => [undefined, '/usr/local/bin:/usr/bin', (path: string) => paths.includes(path)] as const // biome-ignore format: one line

  it('takes the first on the PATH, by any of its names', () => {
    expect(needTool('prometheus', ...have('/usr/bin/prometheus'))).toBe('/usr/bin/prometheus')
    expect(findTool('alertmanager', ...have('/usr/bin/prometheus-alertmanager'))).toBe(
      '/usr/bin/prometheus-alertmanager',
    )
  })

  it('says how to install Prometheus, and does without Alertmanager', () => {
    const missing = { code: 'TOOL_MISSING', exitCode: 31, hint: expect.stringContaining('apt-get install prometheus') }
    expect(() => needTool('prometheus', ...have())).toThrow(expect.objectContaining(missing))
    expect(findTool('alertmanager', ...have())).toBeUndefined()
  })

  it('one that was named must be there', () => {
    const isProgram = (path: string) => path === '/opt/am'
    expect(findTool('alertmanager', '/opt/am', '', isProgram)).toBe('/opt/am')
    expect(() => findTool('alertmanager', '/opt/other', '', isProgram)).toThrow(
      '--alertmanager: /opt/other is not a program',
    )
  })
})

describe('ports', () => {
  /** A machine on which these are taken; others come from 20000 on. */
  const machine = (...taken: number[]): Hold => {
    let free = 20_000
    const held = new Set(taken)
    return async wanted => {
      const port = wanted === 0 ? free++ : wanted
      if (held.has(port)) return undefined
      held.add(port)
      return { port, release: async () => void held.delete(port) }
    }
  }
  const flagOf = (name: string) => `--${name}-port`

  it('the usual ones, and any other where they are taken', async () => {
    expect(await choosePorts({}, flagOf, machine())).toEqual(usualPorts)
    expect(await choosePorts({}, flagOf, machine(9090))).toEqual({ ...usualPorts, prometheus: 20_000 })
  })

  it('one that was asked for wins over a usual one', async () => {
    const ports = await choosePorts({ load: 9092 }, flagOf, machine())
    expect(ports).toMatchObject({ load: 9092, broker: 20_000 })
  })

  it('all that were asked for and are taken are told', async () => {
    await expect(choosePorts({ agent: 1000, preview: 2000 }, flagOf, machine(1000, 2000))).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: '--agent-port: port 1000 of 127.0.0.1 is taken\n--preview-port: port 2000 of 127.0.0.1 is taken',
    })
  })

  it('sees what listens on this machine', async () => {
    const server: Server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    await expect(choosePorts({ prometheus: port }, flagOf)).rejects.toThrow(`port ${port} of 127.0.0.1 is taken`)
    server.close()
  })
})

describe('state', () => {
  let dir: string
  let path: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'millrace-state-'))
    path = statePath({ XDG_STATE_HOME: dir })
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))
  const state = { pid: process.pid, startedAt: 'now', dir: '/tmp/s', places: [{ name: 'agent', address: 'http://a' }] }

  it('is where the specification says, else in the folder for temporary files', () => {
    expect(path).toBe(join(dir, 'millrace', 'stack.json'))
    for (const home of [undefined, 'relative'])
      expect(statePath({ XDG_STATE_HOME: home })).toMatch(/millrace-stack--?\d+\.json$/)
  })

  it('is read by another terminal, refuses a second stack, and is gone afterwards', () => {
    expect(readState(path)).toBeUndefined()
    claimState(path, state)
    expect(readState(path)).toMatchObject(state)
    expect(() => claimState(path, state)).toThrow(`a stack is running already: process ${process.pid}`)
    releaseState(path)
    expect(readState(path)).toBeUndefined()
  })

  it('of a process that is gone, or whose number another one has, is none and is written over', () => {
    claimState(path, state, () => 'then')
    expect(readState(path, () => undefined)).toBeUndefined()
    expect(readState(path, () => 'later')).toBeUndefined()
    claimState(path, state)
    expect(readState(path)).toMatchObject(state)
  })

  it('a link and what is no state are none', () => {
    mkdirSync(join(dir, 'millrace'))
    writeFileSync(path, '{"pid": 1}')
    expect(readState(path)).toBeUndefined()
    const other = statePath({ XDG_STATE_HOME: join(dir, 'other') })
    claimState(other, state)
    rmSync(path)
    symlinkSync(other, path)
    expect(readState(path)).toBeUndefined()
  })

  it('knows this process from one that is not there', () => {
    expect(processStart(process.pid)).toMatch(/\S/)
    expect(processStart(2 ** 22 + 1)).toBeUndefined()
  })
})
