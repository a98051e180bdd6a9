// Shows the main job as a user runs it: the real process against both brokers, its exit codes, its result file, its JSON on a
// pipe, its lines on standard error, and Ctrl-C. What the numbers mean is shown elsewhere.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { resultModel } from '../../loadgen/result.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { TestCluster } from './brokers/target.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MILLRACE_')))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

type Watch = (stderr: string, signal: (name: NodeJS.Signals) => void) => void

/** `watch` sees standard error as it grows. */
function bench(args: readonly string[], watch: Watch = () => {}): Promise<Ended> {
  const child = spawn(process.execPath, ['cli/main.ts', 'bench', ...args], { cwd: root, env })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', chunk => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', chunk => {
    stderr += chunk
    watch(stderr, name => void child.kill(name))
  })
  return new Promise(resolve => child.on('close', code => resolve({ code, stdout, stderr })))
}

describeBrokers('the command line', broker => {
  let kafka: TestCluster
  let dir: string
  let connect: string[]
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'millrace-cli-kafka-'))
    kafka = await broker.start()
    connect = ['--bootstrap', kafka.bootstrap]
  })
  afterAll(async () => {
    rmSync(dir, { recursive: true, force: true })
    await kafka?.stop()
  })

  it('produces, confirms, reports and leaves with 0; the topic that it made is gone', async () => {
    const out = join(dir, 'produce.json')
    const made = ['--topic', 'made-here', '--partitions', '3']
    const { code, stdout, stderr } = await bench(['produce', ...connect, ...made, '--records', '5000', '--out', out])
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('created topic made-here') })
    expect(stdout).toMatch(/^millrace bench produce: topic made-here/)
    expect(stdout).toContain('confirmed by the brokers')
    expect(stdout).toMatch(/\nverdict: ok\n$/)
    const result = resultModel.parse(JSON.parse(readFileSync(out, 'utf8')))
    expect(result).toMatchObject({ verdict: 'ok', mode: 'produce', delivery: { confirmed: true, acked: 5000 } })
    const again = await bench(['consume', ...connect, '--topic', 'made-here'])
    expect(again).toMatchObject({ code: 23, stdout: '', stderr: expect.stringContaining('error TOPIC_UNKNOWN') })
  })

  it('keeps a topic when asked to, and reads it to its end, as JSON on a pipe', async () => {
    const topic = ['--topic', 'kept']
    await bench(['produce', ...connect, ...topic, '--partitions', '2', '--keep-topic', '--records', '3000', '--quiet'])
    const { code, stdout, stderr } = await bench(['consume', ...connect, ...topic, '--json', '--quiet'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const result = resultModel.parse(JSON.parse(stdout))
    expect(result.consume).toMatchObject({ totalRecords: 3000, reachedEnd: true, crcVerified: true })
  })

  it.runIf(existsSync('/dev/full'))(
    'a full disk under --out: an error of its own, and the summary is not lost',
    async () => {
      const { code, stdout, stderr } = await bench(['produce', ...connect, '--records', '10', '--out', '/dev/full'])
      expect(code).toBe(30)
      expect(stdout).toContain('verdict: ok')
      expect(stderr).toContain('error OUTPUT_FAILED: cannot write /dev/full: the disk is full')
    },
  )

  it('a roundtrip shows one line a second', async () => {
    const args = ['roundtrip', ...connect, '--rate', '1k/s', '--warmup', '1s', '--duration', '2s']
    const { code, stderr } = await bench(args)
    expect(code).toBe(0)
    expect(stderr).toMatch(/time +phase +in msg\/s +out msg\/s/)
    expect(stderr.match(/^ +\d:\d\d +(warm-up|measuring) +[\d,]+ +[\d,]+ /gm)?.length).toBeGreaterThanOrEqual(3)
    expect(stderr).not.toContain('\x1b')
  })

  it('the first Ctrl-C drains and reports', async () => {
    const args = ['produce', ...connect, '--rate', '1k/s', '--warmup', '0s', '--duration', '10m']
    let isSent = false
    const { code, stdout, stderr } = await bench(args, (seen, signal) => {
      if (isSent || !seen.includes('measuring')) return
      isSent = true
      signal('SIGINT')
    })
    expect(code).toBe(105)
    expect(stderr).toContain('draining, Ctrl-C again to leave at once')
    expect(stdout).toContain('confirmed by the brokers')
    expect(stdout).toContain('verdict: interrupted')
  })

  it('the second Ctrl-C leaves at once, also when a broker does not answer any more', async () => {
    const args = ['produce', ...connect, '--rate', '1k/s', '--warmup', '0s', '--duration', '10m']
    const [frozen] = kafka.brokers
    let repeat: NodeJS.Timeout | undefined
    try {
      const { code, stdout, stderr } = await bench(args, (seen, signal) => {
        if (repeat !== undefined || !seen.includes('measuring')) return
        void frozen!.freeze()
        // Draining waits for a broker that stands still; a user presses Ctrl-C until something happens.
        repeat = setInterval(() => signal('SIGINT'), 100)
      })
      expect({ code, stdout }).toEqual({ code: 105, stdout: '' })
      expect(stderr).toMatch(/left at once: topic millrace-bench-[0-9a-f]{8} stays/)
    } finally {
      clearInterval(repeat)
      await frozen!.thaw()
    }
  })

  it.each([
    {
      why: 'more replicas than brokers',
      args: ['produce', '--records', '10', '--replication-factor', '3'],
      code: 23,
      error: 'TOPIC_CREATE_FAILED',
    },
    { why: 'a topic that is not there', args: ['produce', '--topic', 'nowhere'], code: 23, error: 'TOPIC_UNKNOWN' },
    {
      why: 'a record larger than the topic takes',
      args: ['produce', '--records', '10', '--record-size', '2000', '--topic-config', 'max.message.bytes=1000'],
      code: 23,
      error: 'RECORD_TOO_LARGE',
    },
  ])('$why: exit code $code', async ({ args, code, error }) => {
    const ended = await bench([...args, ...connect])
    expect(ended.stderr).toContain(`error ${error}: `)
    expect(ended.stderr).toContain('\nhint: ')
    expect(ended.stderr).not.toMatch(/^ +at /m)
    expect(ended.code).toBe(code)
  })
})
