// Shows that a contestant is charged with its own processor time, that what it prints comes back, and that it and what it
// started are gone after a timeout.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Children, parseTimes } from '../../benchmarks/child.ts'

const children = new Children(mkdtempSync(join(tmpdir(), 'millrace-peers-test-')))
afterAll(() => children.close())

const node = (script: string) => ({ command: process.execPath, args: ['-e', script] })

describe('parseTimes', () => {
  it.each([
    ['0m0.000000s 0m0.010000s\n0m1.250000s 0m0.500000s\n', 1.75],
    ['0m0.00s 0m0.00s\n2m3.5s 1m0.5s\n', 184],
  ])('%j is %d s', (text, seconds) => expect(parseTimes(text)).toBe(seconds))

  it('is NaN when the shell was killed', () => expect(parseTimes('')).toBeNaN())
})

describe('Children', () => {
  it('brings back output, status and processor time', async () => {
    const spin =
      "const end = performance.now() + 300; while (performance.now() < end); console.log('done'); process.exit(3)"
    const outcome = await children.run(node(spin), 30_000)
    expect(outcome).toMatchObject({ code: 3, stdout: 'done\n', timedOut: false })
    // Less than what was spun would be a charge to somebody else; a busy machine may stretch wall time, never this.
    expect(outcome.cpuSeconds).toBeGreaterThan(0.05)
    expect(outcome.cpuSeconds).toBeLessThan(10)
  })

  it('kills the whole group in time', async () => {
    // The grandchild holds the output open: without its death there is no end before its minute is over.
    const script =
      "require('node:child_process').spawn('sleep', ['60'], { stdio: 'inherit' }); setInterval(() => {}, 1000)"
    const outcome = await children.run(node(script), 1_500)
    expect(outcome.timedOut).toBe(true)
    expect(outcome.wallSeconds).toBeLessThan(30)
  }, 40_000)
})
