// `npm test`: everything that CI runs, in the order in which it is cheapest to fail. Ends with one line of counts.
//
//   npm test              lint, types, generated files, unit suites, suites against the embedded broker, and real Kafka
//   npm test -- unit      only the named steps
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

interface Step {
  readonly name: string
  readonly run: (counts: Counts) => boolean
}

const steps: readonly Step[] = [
  { name: 'lint', run: () => succeeds('biome', ['check', '.']) },
  {
    name: 'types',
    run: () =>
      ['.', 'loadgen/report/html/page', 'dashboards/preview/page', 'test/pages'].every(path =>
        succeeds('tsc', ['-p', path]),
      ),
  },
  { name: 'generated', run: () => succeeds('node', ['scripts/generated.ts', '--check']) },
  { name: 'unit', run: counts => vitest('unit', counts) },
  { name: 'broker', run: counts => vitest('broker', counts) },
  { name: 'clients', run: counts => vitest('clients', counts) },
  { name: 'kafka', run: counts => vitest('kafka', counts) },
]

function succeeds(command: string, args: readonly string[]): boolean {
  // npm puts node_modules/.bin, and with it the project's Node, first on the PATH.
  return spawnSync(command, args, { stdio: 'inherit' }).status === 0
}

function vitest(project: string, counts: Counts): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-test-'))
  const report = join(folder, 'report.json')
  try {
    const ok = succeeds('vitest', [
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ])
    if (!existsSync(report)) {
      console.error(`${project}: vitest ended before its report`)
      return false
    }
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, 'utf8'))
    counts.passed += numPassedTests
    counts.failed += numFailedTests
    counts.skipped += numPendingTests + numTodoTests
    return ok
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function main(wanted: readonly string[]): void {
  const unknown = wanted.filter(name => !steps.some(step => step.name === name))
  if (unknown.length > 0) {
    console.error(`unknown step ${unknown.join(', ')}; there are: ${steps.map(step => step.name).join(', ')}`)
    process.exit(104)
  }
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  const failedSteps: string[] = []
  for (const { name, run } of steps) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    console.log(`\n== ${name}`)
    if (!run(counts)) failedSteps.push(name)
  }
  console.log(failedSteps.length === 0 ? '\nall steps passed' : `\nfailed steps: ${failedSteps.join(', ')}`)
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  process.exit(failedSteps.length === 0 ? 0 : 1)
}

main(process.argv.slice(2))
