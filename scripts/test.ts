// `npm test`: everything that CI runs, in the order in which it is cheapest to fail. Ends with one line of counts.
//
//   npm test              lint, types, generated files, unit suites, suites against the embedded broker, and real Kafka
//   npm test -- unit      only the named steps
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

interface Totals {
  passed: number
  failed: number
  skipped: number
  /** What failed and why, a paragraph each: said again at the end, where a log that is cut still has it. */
  readonly failures: string[]
}

interface Step {
  readonly name: string
  readonly run: (totals: Totals) => boolean
}

/** What is read of vitest's JSON report. */
interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

const failureLines = 12

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
  { name: 'unit', run: totals => vitest('unit', totals) },
  { name: 'broker', run: totals => vitest('broker', totals) },
  { name: 'clients', run: totals => vitest('clients', totals) },
  { name: 'kafka', run: totals => vitest('kafka', totals) },
]

function succeeds(command: string, args: readonly string[]): boolean {
  // npm puts node_modules/.bin, and with it the project's Node, first on the PATH.
  return spawnSync(command, args, { stdio: 'inherit' }).status === 0
}

function vitest(project: string, totals: Totals): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-test-'))
  const file = join(folder, 'report.json')
  try {
    const ok = succeeds('vitest', [
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ])
    if (!existsSync(file)) {
      totals.failures.push(`${project}: vitest ended before its report`)
      return false
    }
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report
    totals.passed += report.numPassedTests
    totals.failed += report.numFailedTests
    totals.skipped += report.numPendingTests + report.numTodoTests
    totals.failures.push(...failuresOf(report).map(failure => `${project} ${failure}`))
    return ok
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function failuresOf({ testResults }: Report): string[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name)
    const failed = assertionResults.filter(test => test.status === 'failed')
    if (failed.length === 0) return status === 'failed' ? [`${file}\n${start(message)}`] : []
    return failed.map(test => `${file} > ${test.fullName}\n${test.failureMessages.map(start).join('\n')}`)
  })
}

function start(message: string): string {
  return stripVTControlCharacters(message)
    .split('\n')
    .slice(0, failureLines)
    .map(line => `  ${line}`)
    .join('\n')
}

function main(wanted: readonly string[]): void {
  const unknown = wanted.filter(name => !steps.some(step => step.name === name))
  if (unknown.length > 0) {
    console.error(`unknown step ${unknown.join(', ')}; there are: ${steps.map(step => step.name).join(', ')}`)
    process.exit(104)
  }
  const totals: Totals = { passed: 0, failed: 0, skipped: 0, failures: [] }
  const failedSteps: string[] = []
  for (const { name, run } of steps) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    console.log(`\n== ${name}`)
    if (!run(totals)) failedSteps.push(name)
  }
  console.log(['', ...totals.failures].join('\n'))
  console.log(failedSteps.length === 0 ? 'all steps passed' : `failed steps: ${failedSteps.join(', ')}`)
  console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
  process.exit(failedSteps.length === 0 ? 0 : 1)
}

main(process.argv.slice(2))
