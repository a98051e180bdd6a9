// Shows that each board has the form of a dashboard to Grafana 10, 11, 12 and 13: by JSON schemas made from the types that Grafana
// publishes (scripts/grafana-schemas.ts), closed to fields that a version does not know. It is no import into a running Grafana.
import { readdirSync, readFileSync } from 'node:fs'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { describe, expect, it } from 'vitest'
import { type BoardFile, boardFiles } from './boards.ts'

const folder = new URL('../fixtures/grafana/', import.meta.url)
const versions = readdirSync(folder).map(file => file.replace(/\.json$/, ''))
const ajv = new Ajv({ allErrors: true, strict: false })

/** What Grafana reads and its types do not name, or name as necessary and fill in by themselves. */
const beyondTypes = [
  // The query of a variable as its editor writes it; the types of 10.1 know some kinds of variables only.
  /^\/templating\/list\/\d+ (definition|includeAll|allValue|sort)$/,
  // What annotations of a Prometheus data source have: `prepareAnnotation` of the data source, the same in all these versions.
  /^\/annotations\/list\/\d+ (expr|step|titleFormat|textFormat)$/,
  // Defaults that the types of 10.1 want to be written.
  / must have required property '(style|transformations|id|hide|url)'/,
]

const wrongField = ({ instancePath, keyword, params, message }: ErrorObject): string =>
  keyword === 'additionalProperties'
    ? `${instancePath} ${params.additionalProperty}`
    : `${instancePath} ${message} ${JSON.stringify(params)}`

interface Schema {
  readonly $ref?: string
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly const?: unknown
  readonly definitions?: Readonly<Record<string, Schema>>
}

/** The form of a panel is that of its type, where the version has one: an error is then about that, and not about all of them. */
function validators(version: string) {
  const schema: Schema = JSON.parse(readFileSync(new URL(`${version}.json`, folder), 'utf8'))
  const { definitions = {} } = schema
  const resolved = (part: Schema): Schema =>
    part.$ref === undefined ? part : definitions[decodeURIComponent(part.$ref.replace('#/definitions/', ''))]!
  const kinds = schema.properties!.panels!.items!.anyOf!
  const typeOf = (kind: Schema) => {
    const type = resolved(kind).properties?.type
    return type === undefined ? undefined : resolved(type).const
  }
  const compile = (part: Schema): ValidateFunction => ajv.compile({ ...part, definitions })
  const byType = new Map(kinds.map(kind => [typeOf(kind), compile(kind)]))
  const board = compile({ ...schema, properties: { ...schema.properties, panels: {} } })
  return { board, panel: (type: string) => byType.get(type) ?? byType.get(undefined)! }
}

describe.each(versions)('Grafana %s', version => {
  const { board: validateBoard, panel: validatorOf } = validators(version)
  const errorsOf = (validate: ValidateFunction, value: unknown) =>
    validate(value) ? [] : validate.errors!.map(wrongField)

  it('finds a field that it does not know, and a value that is none', () => {
    const [{ board }] = boardFiles as [BoardFile]
    const [, panel] = board.panels
    expect(errorsOf(validateBoard, { ...board, titel: 'x', graphTooltip: 7 })).toEqual(
      expect.arrayContaining([' titel', expect.stringMatching(/^\/graphTooltip must be/)]),
    )
    expect(errorsOf(validatorOf(panel!.type), { ...panel, gridPos: { x: '0' } })).not.toEqual([])
  })

  it.each(boardFiles)('$name', ({ board }) => {
    const ofPanels = board.panels.flatMap((panel, index) =>
      errorsOf(validatorOf(panel.type), panel).map(error => `/panels/${index} (${panel.type})${error}`),
    )
    const errors = [...errorsOf(validateBoard, board), ...ofPanels]
    expect(errors.filter(error => !beyondTypes.some(known => known.test(error)))).toEqual([])
  })
})
