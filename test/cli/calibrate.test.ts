// Shows `millrace calibrate` and what bench makes of it: a file in its default place that the next run finds, headroom in text
// and result, a calibration of another machine that is not used, mistakes told at once, and Ctrl-C that leaves no file and no
// broker behind. Method: the real processes; one embedded broker for the bench runs. No number is judged.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { calibrationModel } from '../../loadgen/headroom/calibration.ts'
import { resultModel } from '../../loadgen/result.ts'

const mainPath = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const cleanEnv = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MILLRACE_')))
const timeout = 60_000
const short = ['--workers', '1', '--duration', '500ms', '--warmup', '0s']

let dir: string
let cluster: EmbeddedCluster
const fileOf = (name: string) => join(dir, name)
/** Where XDG_CACHE_HOME points to below. */
const defaultPath = () => join(dir, 'cache', 'millrace', 'calibration.json')

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-cli-calibrate-'))
  cluster = await startBroker()
})
afterAll(async () => {
  await cluster.close()
  rmSync(dir, { recursive: true, force: true })
})

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** `watch` sees standard error as it grows. */
function millrace(args: readonly string[], watch: (stderr: string, child: ChildProcess) => void = () => {}) {
  const env = { ...cleanEnv, XDG_CACHE_HOME: fileOf('cache') }
  const child = spawn(process.execPath, [mainPath, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', chunk => {
    output.stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', chunk => {
    output.stderr += chunk
    watch(output.stderr, child)
  })
  return new Promise<Ended>(resolve => child.on('close', code => resolve({ code, ...output })))
}

const bench = (...args: string[]) =>
  millrace(['bench', 'produce', '--bootstrap', cluster.bootstrap, '--records', '20000', '--quiet', ...args])

describe('millrace calibrate', { timeout }, () => {
  it('before it: a run says that its headroom is not known, and how to know it', async () => {
    const { code, stdout } = await bench()
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/headroom +unknown: .*millrace calibrate/),
    })
  })

  it('writes what it measured where bench finds it, and bench states its headroom', async () => {
    const { code, stdout, stderr } = await millrace(['calibrate', '--record-sizes', '100,1KiB', ...short])
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(`calibration: ${defaultPath()}`) })
    expect(stdout).toMatch(/^produce +100 B +1 +[\d,]+/m)
    expect(stdout).toMatch(/^consume +1 KiB +1 +[\d,]+/m)
    const { points } = calibrationModel.parse(JSON.parse(readFileSync(defaultPath(), 'utf8')))
    expect(points.map(({ direction, recordBytes }) => `${direction} ${recordBytes}`)).toEqual([
      'produce 100',
      'produce 1024',
      'consume 100',
      'consume 1024',
    ])
    // The percentages tell of another process: that of the generator would be the same in both.
    for (const { cpuPercent, brokerCpuPercent } of points) expect(cpuPercent).not.toBe(brokerCpuPercent)

    const out = fileOf('result.json')
    const run = await bench('--record-size', '562', '--workers', '1', '--out', out)
    expect(run.stdout).toMatch(/headroom +generator used [\d.]+ % of its measured ceiling/)
    const { headroom } = resultModel.parse(JSON.parse(readFileSync(out, 'utf8')))
    const [small, large] = points.map(({ cpuUsPerRecord }) => cpuUsPerRecord)
    expect(headroom).toMatchObject({ kind: 'known', produce: { basis: 'interpolated', recordBytes: 562, workers: 1 } })
    // 562 is half way between 100 and 1024.
    const cpuUsPerRecord = headroom?.kind === 'known' ? headroom.produce!.cpuUsPerRecord : Number.NaN
    expect(cpuUsPerRecord).toBeCloseTo((small! + large!) / 2, 9)
  })

  it('a calibration of another machine is not used, and the result says why', async () => {
    const calibration = calibrationModel.parse(JSON.parse(readFileSync(defaultPath(), 'utf8')))
    const other = { ...calibration, machine: { ...calibration.machine, cpuModel: 'Another CPU' } }
    writeFileSync(fileOf('other.json'), JSON.stringify(other))
    const { code, stdout } = await bench('--calibration', fileOf('other.json'))
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /headroom +unknown: the calibration of [\d-]+ does not hold here \(CPU model Another CPU then/,
    )
    expect((await bench('--calibration', 'none')).stdout).toContain('unknown: the run was to do without')
  })

  it('a named file that is not there or no calibration is a mistake; a broken one in the default place is not', async () => {
    writeFileSync(fileOf('broken.json'), '{"calibrationVersion":1}')
    for (const [name, problem] of [
      ['missing.json', 'ENOENT'],
      ['broken.json', 'is no calibration'],
    ] as const) {
      const { code, stderr } = await bench('--calibration', fileOf(name))
      expect({ code, stderr }).toEqual({ code: 104, stderr: expect.stringContaining(problem) })
    }
    const calibration = readFileSync(defaultPath(), 'utf8')
    writeFileSync(defaultPath(), 'no JSON')
    const { code, stdout } = await bench()
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/unknown: .* is no calibration: it is not/),
    })
    writeFileSync(defaultPath(), calibration)
  })

  it('Ctrl-C leaves no file and no broker', async () => {
    const out = fileOf('interrupted.json')
    const args = ['calibrate', '--record-sizes', '100', '--workers', '1,2', '--duration', '2s', '--out', out]
    let children: string[] | undefined
    const { code, stdout, stderr } = await millrace(args, (text, child) => {
      if (children !== undefined || !text.includes('produce')) return
      children = childrenOf(child.pid!)
      child.kill('SIGINT')
    })
    expect({ code, stdout, stderr }).toEqual({ code: 105, stdout: '', stderr: expect.stringContaining('INTERRUPTED') })
    expect(readdirSync(dir)).not.toContain('interrupted.json')
    if (existsSync('/proc')) expect(children).toHaveLength(1)
    for (const pid of children!) expect(existsSync(`/proc/${pid}`)).toBe(false)
  })

  it('tells all mistakes at once', async () => {
    const { code, stderr } = await millrace([
      'calibrate',
      '--record-sizes',
      '100,1GiB',
      '--workers',
      '0',
      '--durations',
      '2s',
    ])
    expect(code).toBe(104)
    for (const part of ['3 settings', '--record-sizes', '--workers', 'did you mean --duration?']) {
      expect(stderr).toContain(part)
    }
  })
})

/** Process ids; empty where there is no /proc. */
function childrenOf(pid: number): string[] {
  const path = `/proc/${pid}/task/${pid}/children`
  return existsSync(path) ? readFileSync(path, 'utf8').split(' ').filter(Boolean) : []
}
