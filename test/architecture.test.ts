// Shows that the house is built as docs/DESIGN.md says: who imports whom, who owns which package, no cycles, and sizes.
// Method: every import of every source file is read from its text; the rules below are the whole rule book.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

const rooms = [
  'core',
  'metrics',
  'wire',
  'broker',
  'loadgen',
  'agents',
  'doctor',
  'dashboards',
  'alerts',
  'cli',
] as const

/** Room to the rooms that it may import. test/, scripts/ and benchmarks/ may import all; nothing imports them. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  cli: ['loadgen', 'agents', 'doctor', 'alerts', 'broker', 'dashboards', 'wire', 'core'],
  loadgen: ['wire', 'metrics', 'core'],
  agents: ['wire', 'metrics', 'core'],
  doctor: ['agents', 'wire', 'core'],
  broker: ['wire', 'core'],
  wire: ['core'],
  metrics: ['core'],
  core: [],
  // core/ for the errors of the preview alone.
  dashboards: ['metrics', 'core'],
  alerts: ['metrics', 'core'],
}

/** Package or Node module to the only places that may import it. */
const owners: Readonly<Record<string, readonly string[]>> = {
  'hdr-histogram-js': ['core/histogram.ts'],
  'prom-client': ['metrics/'],
  '@node-rs/crc32': ['wire/checksum.ts'],
  snappy: ['wire/'],
  'lz4-napi': ['wire/'],
  commander: ['cli/'],
  yaml: ['core/'],
  '@node-rs/bcrypt': ['metrics/'],
  avsc: ['loadgen/payload/encoded/avro.ts'],
  'ml-levenberg-marquardt': ['loadgen/capacity/sweep/'],
  protobufjs: ['loadgen/payload/encoded/protobuf.ts'],
  kafkajs: ['loadgen/drivers/'],
  '@platformatic/kafka': ['loadgen/drivers/'],
  '@confluentinc/kafka-javascript': ['loadgen/drivers/'],
  '@grafana/grafana-foundation-sdk': ['dashboards/'],
  uplot: ['loadgen/report/html/page/', 'dashboards/preview/page/'],
  'node:net': ['wire/', 'broker/'],
  'node:tls': ['wire/', 'broker/'],
  'node:dgram': ['loadgen/clock/'],
  'node:worker_threads': ['loadgen/', 'broker/', 'agents/thread/'],
}

/** The process belongs to cli/: everything else is told. */
const processOwned = /\bprocess\.(argv|env|exit|stdout|stderr)\b/

const linesMax = 350
const files = rooms.flatMap(room => globSync(`${room}/**/*.ts`)).filter(file => !file.endsWith('.d.ts'))
const sources = new Map(files.map(file => [file, readFileSync(file, 'utf8')]))

interface Import {
  readonly from: string
  readonly target: string
}

const importsOf = (file: string): Import[] =>
  [
    ...sources
      .get(file)!
      .matchAll(/^(?:import|export)\b[^'"]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm),
  ].map(match => ({ from: file, target: (match[1] ?? match[2] ?? match[3])! }))

const allImports = files.flatMap(importsOf)
const roomOf = (file: string) => file.split('/')[0]!
const resolved = ({ from, target }: Import) => normalize(join(dirname(from), target))

/** A type has no run time: nothing is loaded for it, and a cycle through it alone is none. */
const isTypeOnly = ({ from, target }: Import) =>
  new RegExp(`^(import|export) type [^'"]*from '${target.replaceAll('.', '\\.')}'`, 'm').test(sources.get(from)!)

const isLater = ({ from, target }: Import) => sources.get(from)!.includes(`import('${target}')`)

/** Files and packages that are loaded with a file, at once. */
function loadedWith(file: string, loaded = new Set<string>()): Set<string> {
  if (loaded.has(file)) return loaded
  loaded.add(file)
  for (const entry of importsOf(file)) {
    if (isTypeOnly(entry) || isLater(entry)) continue
    if (entry.target.startsWith('.')) loadedWith(resolved(entry), loaded)
    else loaded.add(entry.target)
  }
  return loaded
}

describe('architecture', () => {
  it('has sources to look at', () => {
    expect(files.length).toBeGreaterThan(50)
    expect(allImports.length).toBeGreaterThan(100)
  })

  it('rooms import only along the arrows', () => {
    const wrong = allImports
      .filter(({ target }) => target.startsWith('.'))
      .filter(entry => {
        const [own, other] = [roomOf(entry.from), roomOf(resolved(entry))]
        return own !== other && !arrows[own]!.includes(other)
      })
    expect(wrong).toEqual([])
  })

  it('packages are imported by their owners only', () => {
    const wrong = allImports.filter(({ from, target }) => {
      const allowed = owners[target]
      return allowed !== undefined && !allowed.some(place => from.startsWith(place))
    })
    expect(wrong).toEqual([])
  })

  it('core needs nothing but Node, hdr-histogram-js, yaml and zod', () => {
    const wrong = allImports.filter(
      ({ from, target }) => roomOf(from) === 'core' && !/^(\.|node:|hdr-histogram-js$|yaml$|zod$)/.test(target),
    )
    expect(wrong).toEqual([])
  })

  it('relative imports name a .ts file that exists', () => {
    const wrong = allImports.filter(entry => entry.target.startsWith('.') && !sources.has(resolved(entry)))
    expect(wrong.filter(({ target }) => !target.endsWith('.json'))).toEqual([])
  })

  it('there is no cycle', () => {
    const state = new Map<string, 'open' | 'closed'>()
    const cycles: string[][] = []
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === 'closed') return
      if (state.get(file) === 'open') return void cycles.push([...path.slice(path.indexOf(file)), file])
      state.set(file, 'open')
      for (const entry of importsOf(file)) {
        const target = resolved(entry)
        if (sources.has(target) && !isTypeOnly(entry)) visit(target, [...path, file])
      }
      state.set(file, 'closed')
    }
    for (const file of files) visit(file, [])
    expect(cycles).toEqual([])
  })

  it('the agent, which pays for its memory all day, loads neither the canary nor native codecs before they are needed', () => {
    const loaded = new Set(['agents/run.ts', 'agents/thread/main.ts'].flatMap(file => [...loadedWith(file)]))
    expect(loaded).toContain('agents/collectors/canary.ts')
    expect(loaded).toContain('wire/lz4-frame.ts')
    for (const late of ['agents/canary/canary.ts', 'wire/admin.ts', 'wire/record-batch/build.ts', 'snappy', 'lz4-napi'])
      expect(loaded).not.toContain(late)
  })

  it('argv, environment, output and exit belong to cli/', () => {
    const wrong = files.filter(file => roomOf(file) !== 'cli' && processOwned.test(sources.get(file)!))
    expect(wrong).toEqual([])
  })

  it(`no file has more than ${linesMax} lines`, () => {
    const long = files.filter(file => sources.get(file)!.split('\n').length > linesMax)
    expect(long).toEqual([])
  })

  it('files of the hot path say so in line 1', () => {
    const hot = [
      'wire/record-batch/frame.ts',
      'wire/record-batch/seal.ts',
      'wire/record-batch/scan.ts',
      'core/histogram.ts',
    ]
    const loops = ['produce-loop', 'consume-loop', 'record-maker', 'batch-reader'].map(
      name => `loadgen/worker/${name}.ts`,
    )
    const stored = ['log', 'log-chunk', 'produce-batch', 'fetch-read', 'null-mode'].map(name => `broker/${name}.ts`)
    for (const file of [...hot, ...loops, ...stored]) expect(sources.get(file)!, file).toMatch(/^\/\/ DATA PLANE/)
  })

  it('nothing is left to do without an owner', () => {
    const wrong = files.filter(file => /\b(TODO|FIXME|XXX)\b/.test(sources.get(file)!))
    expect(wrong).toEqual([])
  })
})
