// Files that are made from code: `npm run generate` writes them, `--check` fails when one is not what its source says.
import { spawnSync } from 'node:child_process'

const generators = [
  'scripts/result-schema.ts',
  'scripts/metrics-page.ts',
  'scripts/report-page.ts',
  'scripts/agent-config.ts',
  'scripts/exit-codes-page.ts',
  'scripts/doctor-page.ts',
  'scripts/thresholds-page.ts',
  'scripts/dashboards.ts',
  'scripts/alerts.ts',
  'scripts/strimzi-metrics.ts',
  'benchmarks/render.ts',
]

const check = process.argv.includes('--check')
let failed = false
for (const generator of generators) {
  const { status } = spawnSync(process.execPath, [generator, ...(check ? ['--check'] : [])], { stdio: 'inherit' })
  if (status === 0) continue
  failed = true
  console.error(check ? `${generator}: its file is stale; run npm run generate and commit` : `${generator} failed`)
}
process.exit(failed ? 1 : 0)
