// Shows what the GitHub action asks of millrace, and what it leaves for the job, whatever the verdict. Method: its own step, run by bash as
// the runner does it, with a stand-in that writes its words down.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const action = parse(readFileSync(new URL('../../../action.yml', import.meta.url), 'utf8'))
const [step] = action.runs.steps

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-action-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function runStep(inputs: Readonly<Record<string, string>>, exitCode = 0) {
  const standIn = join(folder, 'millrace')
  const outcome = `mkdir -p out; echo '{"verdict":"regression"}' > out/gate.json; echo '## gate' > out/gate.md`
  writeFileSync(standIn, `#!/bin/sh\nprintf '%s\\n' "$@" > words\n${outcome}\nexit ${exitCode}\n`)
  chmodSync(standIn, 0o755)
  const env = Object.fromEntries(
    Object.entries(step.env as Record<string, string>).map(([name, text]) => {
      const input = /inputs\.([\w-]+)/.exec(text)![1]!
      return [name, inputs[input] ?? String(action.inputs[input].default)]
    }),
  )
  const files = { GITHUB_STEP_SUMMARY: join(folder, 'summary'), GITHUB_OUTPUT: join(folder, 'output') }
  // As the runner does it for `shell: bash`: https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
  const script = join(folder, 'step.sh')
  writeFileSync(script, step.run)
  const { status } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env, MILLRACE: standIn, DIR: 'out', ...files },
  })
  const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '')
  return {
    status,
    words: read(join(folder, 'words')).trimEnd().split('\n'),
    summary: read(files.GITHUB_STEP_SUMMARY),
    output: read(files.GITHUB_OUTPUT),
  }
}

describe('the action', () => {
  it('runs two sides, a setting a line, whatever stands in it', () => {
    const { status, words, summary, output } = runStep(
      {
        scenario: 'load.ts',
        base: 'rev=main\nprepare=npm ci --quiet\n',
        candidate: 'rev=$(oops) *',
        gate: 'produce_rate',
      },
      99,
    )
    expect(status).toBe(99)
    expect(words).toEqual([
      ...['gate', 'run', 'load.ts', '--pairs', '10', '--dir', 'out'],
      ...['--base', 'rev=main', '--base', 'prepare=npm ci --quiet', '--candidate', 'rev=$(oops) *', '--sequential'],
      ...['--gate', 'produce_rate', '--inconclusive', 'pass', '--report', 'github,markdown=out/gate.md'],
    ])
    expect(summary).toBe('## gate\n')
    expect(output).toBe('verdict=regression\n')
  })

  it('compares results that exist', () => {
    const { words } = runStep({ results: 'base\ncandidate', args: '--limit\nresponse_p99=20%' })
    expect(words.slice(0, 5)).toEqual(['gate', 'compare', 'base', 'candidate', '--out'])
    expect(words).toContain('response_p99=20%')
  })
})
