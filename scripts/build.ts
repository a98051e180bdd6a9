// `npm run build`: the package as it is published, in dist/. Compiles, adds what the compiler does not know about (the
// executable bit of the bin, the published schema), and leaves nothing of an earlier build behind.
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const dist = join(root, 'dist')
const executable = 0o755

function build(): number {
  rmSync(dist, { recursive: true, force: true })
  const tsc = join(root, 'node_modules/.bin/tsc')
  const { status } = spawnSync(tsc, ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
  if (status !== 0) return status ?? 1
  chmodSync(join(dist, 'cli/main.js'), executable)
  for (const schema of [
    'loadgen/result.schema.json',
    'loadgen/repeat/set.schema.json',
    'agents/agent.schema.json',
    'loadgen/scenario/test.schema.json',
    'loadgen/verdict/gate/gate.schema.json',
  ]) {
    copyFileSync(join(root, schema), join(dist, schema))
  }
  for (const assets of ['loadgen/report/html/assets', 'dashboards/preview/assets'])
    cpSync(join(root, assets), join(dist, assets), { recursive: true })
  return 0
}

process.exit(build())
