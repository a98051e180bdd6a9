// Writes test/fixtures/grafana/: what a dashboard is to each Grafana, as JSON schema, from the types that Grafana publishes on npm
// (@grafana/schema, Apache-2.0). Run by hand when a version is added (`node scripts/grafana-schemas.ts`): it installs packages into a
// temporary folder, which neither CI nor who works on this needs.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The first of 10 whose types are whole (those of 10.0 are of a running dashboard), and the last of each line. */
const versions = ['10.1.0', '10.4.19', '11.6.16', '12.4.11', '13.2.3']
const generator = 'ts-json-schema-generator@2.10.0'
const fixtures = fileURLToPath(new URL('../test/fixtures/grafana/', import.meta.url))

/** Panel type to its folder and the start of its file. */
const panels = {
  timeseries: ['timeseries', 'TimeSeries'],
  stat: ['stat', 'Stat'],
  table: ['table', 'Table'],
  bargauge: ['bargauge', 'BarGauge'],
  'state-timeline': ['statetimeline', 'StateTimeline'],
  heatmap: ['heatmap', 'Heatmap'],
} as const

const dir = mkdtempSync(join(tmpdir(), 'grafana-schemas-'))
try {
  mkdirSync(fixtures, { recursive: true })
  for (const version of versions) writeFileSync(join(fixtures, `${version}.json`), schemaOf(version))
} finally {
  rmSync(dir, { recursive: true, force: true })
}

/** In a folder of its own: the types import each other by the name of the package. */
function schemaOf(version: string): string {
  const own = join(dir, version)
  mkdirSync(own)
  writeFileSync(join(own, 'package.json'), '{ "private": true, "type": "module" }')
  const packages = [generator, `@grafana/schema@${version}`]
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages], {
    cwd: own,
    stdio: 'ignore',
  })
  writeFileSync(join(own, 'board.ts'), entryOf(own))
  const flags = ['--path', 'board.ts', '--type', 'Board', '--no-type-check', '--no-top-ref', '--jsDoc', 'none']
  const program = join(own, 'node_modules/.bin/ts-json-schema-generator')
  const json = execFileSync(program, flags, { cwd: own, encoding: 'utf8', maxBuffer: 2 ** 26 })
  const comment = `Made by scripts/grafana-schemas.ts from the types of @grafana/schema ${version} (Grafana Labs, Apache-2.0).`
  return `${JSON.stringify({ $comment: comment, ...JSON.parse(json) })}\n`
}

/** Panels are open in Grafana's own types: what a panel of a type has is in a type of its own, where it is published (not in 10.0). */
function entryOf(own: string): string {
  const root = './node_modules/@grafana/schema/dist'
  const at = (...paths: readonly string[]) =>
    paths.map(path => `${root}/${path}`).find(path => existsSync(join(own, `${path}.d.ts`)))
  const dashboard = at('esm/raw/dashboard/x/dashboard_types.gen', 'types/raw/dashboard/x/types.gen')
  if (dashboard === undefined) return `import type { Dashboard } from '${root}/index'\nexport type Board = Dashboard\n`
  const imports: string[] = []
  const typed: string[] = []
  for (const [type, [folder, name]] of Object.entries(panels)) {
    const path = at(
      `esm/raw/composable/${folder}/panelcfg/x/${name}PanelCfg_types.gen`,
      `types/raw/composable/${folder}/panelcfg/x/types.gen`,
    )
    if (path === undefined) throw new Error(`no types of ${type} in ${own}`)
    const as = folder
    const text = readFileSync(join(own, `${path}.d.ts`), 'utf8')
    const has = (what: string) => new RegExp(`(interface|type) ${what}\\b`).test(text)
    imports.push(`import type * as ${as} from '${path}'`)
    const options = has('Options') ? `Partial<${as}.Options>` : 'Record<string, unknown>'
    const custom = has('FieldConfig') ? `Partial<${as}.FieldConfig>` : 'Record<string, unknown>'
    typed.push(`Typed<'${type}', ${options}, ${custom}>`)
  }
  return `
import type { Dashboard, FieldConfig, FieldConfigSource, Panel, RowPanel } from '${dashboard}'
${imports.join('\n')}
interface Fields<Custom> extends Omit<FieldConfigSource, 'defaults'> { defaults: Omit<FieldConfig, 'custom'> & { custom?: Custom } }
type Typed<Type, Options, Custom> =
  Omit<Panel, 'type' | 'options' | 'fieldConfig'> & { type: Type; options?: Options; fieldConfig?: Fields<Custom> }
export type Board = Omit<Dashboard, 'panels'> & { panels?: (${typed.join(' | ')} | (Omit<RowPanel, 'panels'> & { panels: never[] }))[] }
`
}
