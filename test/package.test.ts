// Shows that what is published works where there is nothing else: the tarball, installed in an empty folder, gives a
// working `npx millrace` and a typed library. Method: npm pack, npm install, and the installed program on this Node.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../', import.meta.url))
const timeoutMs = 180_000

/** This Node first on the PATH, and no configuration of the npm that may run this test. */
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|MILLRACE_)/i.test(name))),
  PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
}

let dir: string
let installed: string
let files: string[]

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-package-'))
  run(process.execPath, ['scripts/build.ts'], root)
  // The build is done, and its output would mix with the JSON.
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', dir], root),
  ) as Packed[]
  files = packed!.files.map(({ path }) => path)
  installed = join(dir, 'user')
  mkdirSync(installed)
  writeFileSync(join(installed, 'package.json'), '{ "type": "module", "private": true }')
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--omit=dev']
  run('npm', ['install', ...flags, join(dir, packed!.filename)], installed)
}, timeoutMs)

afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe('the published package', () => {
  it('holds the compiled program and nothing of the workshop', () => {
    expect(files).toContain('dist/cli/main.js')
    expect(files).toContain('dist/loadgen/result.schema.json')
    expect(files).toContain('dist/loadgen/scenario/test.schema.json')
    expect(files).toContain('dist/loadgen/report/html/assets/page.js')
    expect(files).toContain('dist/dashboards/preview/assets/page.js')
    expect(files).toContain('dashboards/json/cluster-overview.json')
    const shipped =
      /^(dist\/|deploy\/|dashboards\/json\/|alerts\/[a-z.]+\.yaml$|docs\/runbooks\/|README|LICENSE|CHANGELOG|package\.json)/
    expect(files.filter(path => !shipped.test(path))).toEqual([])
  })

  it('npx millrace --version', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(run('npx', ['millrace', '--version'], installed)).toBe(`${version}\n`)
  })

  it('npx millrace bench produce --help', () => {
    expect(run('npx', ['millrace', 'bench', 'produce', '--help'], installed)).toContain('--record-size <size>')
  })

  it('npx millrace dashboards export', () => {
    const written = run('npx', ['millrace', 'dashboards', 'export', 'boards'], installed).trim().split('\n')
    expect(written).toContain(join('boards', 'consumer-lag.json'))
    const { uid } = JSON.parse(readFileSync(join(installed, 'boards/consumer-lag.json'), 'utf8'))
    expect(uid).toBe('millrace-consumer-lag')
  })

  it('a run that finds nobody ends with its own exit code', () => {
    const args = ['millrace', 'bench', 'consume', '--bootstrap', '127.0.0.1:1', '--topic', 't']
    const { status, stderr } = spawnSync('npx', args, { cwd: installed, env, encoding: 'utf8' })
    expect(stderr).toContain('error BROKER_UNREACHABLE')
    expect(status).toBe(20)
  })

  it('is a library, with its schema', () => {
    const program = `
      import { exitCodes, resultModel } from 'millrace/loadgen'
      import schema from 'millrace/result.schema.json' with { type: 'json' }
      console.log(exitCodes.invalidConfig, Object.keys(resultModel.shape).every(key => key in schema.properties))`
    expect(run(process.execPath, ['--input-type=module', '--eval', program], installed)).toBe('104 true\n')
  })

  it('its types are found, and they are strict', () => {
    const bench = (mode: string) =>
      `import { type BenchMode, runBench } from 'millrace/loadgen'\nexport const mode: BenchMode = '${mode}'\nexport const run: typeof runBench = runBench\n`
    const script = (key: string) =>
      `import { type MillraceOptions, produce } from 'millrace/script'\nexport const millrace: MillraceOptions = { topic: 'orders', ${key}: '1KiB' }\nexport default async () => (await produce('hello'))[0]?.offset\n`
    const compile = (name: string, source: string) => {
      writeFileSync(join(installed, name), source)
      const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
      const options = [
        '--noEmit',
        '--strict',
        '--skipLibCheck',
        'false',
        '--module',
        'nodenext',
        '--target',
        'es2024',
        ...types,
      ]
      return spawnSync(join(root, 'node_modules/.bin/tsc'), [...options, name], {
        cwd: installed,
        env,
        encoding: 'utf8',
      })
    }
    expect(compile('good.ts', bench('produce')).stdout).toBe('')
    expect(compile('bad.ts', bench('prodcue')).stdout).toContain(
      `Type '"prodcue"' is not assignable to type 'BenchMode'`,
    )
    expect(compile('script.ts', script('recordSize')).stdout).toBe('')
    expect(compile('bad-script.ts', script('recordSzie')).stdout).toContain("'recordSzie' does not exist in type")
  })
})
