// Writes test/fixtures/deploy/: what Docker Compose, Kubernetes, the Prometheus operator and Strimzi take, as JSON schemas, from the files
// that these projects publish (all Apache-2.0). Run by hand when a version is raised: `node scripts/deploy-schemas.ts FOLDER`, where the
// folder holds the files that are listed here, each under the name it has there. Only the kinds that deploy/ uses are kept, without
// descriptions, and closed to fields that are not known: an API server drops those, and a manifest that has them is wrong.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readYaml } from '../core/yaml-document.ts'

type Schema = { readonly [key: string]: unknown }

const fixtures = fileURLToPath(new URL('../test/fixtures/deploy/', import.meta.url))
const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('which folder has the published files?')

const published = (file: string): Schema => {
  const text = readFileSync(join(folder, file), 'utf8')
  return file.endsWith('.json') ? JSON.parse(text) : (readYaml(text, file).value as Schema)
}

// ---- what is kept ----

const dropped = /^(description|title|default|format|deprecated|\$schema|\$id|x-.*)$/
const mapsOfSchemas = ['properties', 'patternProperties', 'definitions']
const listsOfSchemas = ['anyOf', 'oneOf', 'allOf']
const schemas = ['items', 'additionalProperties', 'not']

interface Tidying {
  readonly isClosing: boolean
  /** Properties that are not kept, wherever they are. */
  readonly without?: readonly string[]
}

function tidied(schema: unknown, how: Tidying): unknown {
  if (typeof schema !== 'object' || schema === null) return schema
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(schema)) {
    if (dropped.test(key)) continue
    if (mapsOfSchemas.includes(key)) {
      const own = Object.entries(value as Schema).filter(([name]) => !how.without?.includes(name))
      kept[key] = Object.fromEntries(own.map(([name, each]) => [name, tidied(each, how)]))
    } else if (listsOfSchemas.includes(key)) kept[key] = (value as unknown[]).map(each => tidied(each, how))
    else if (schemas.includes(key)) kept[key] = tidied(value, how)
    // Go's way to say that the rest may be written in any case.
    else if (key === 'pattern') kept[key] = (value as string).replace(/\(\?i\)(.*)$/s, '(?i:$1)')
    else kept[key] = value
  }
  const { type, properties, additionalProperties, 'x-kubernetes-preserve-unknown-fields': isOpen } = schema as Schema
  const isClosed = how.isClosing && type === 'object' && properties !== undefined && isOpen !== true
  return isClosed && additionalProperties === undefined ? { ...kept, additionalProperties: false } : kept
}

// ---- Kubernetes: definitions that refer to each other ----

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'
const kubernetesKinds: Readonly<Record<string, string>> = {
  'v1 ConfigMap': 'io.k8s.api.core.v1.ConfigMap',
  'v1 Service': 'io.k8s.api.core.v1.Service',
  'apps/v1 Deployment': 'io.k8s.api.apps.v1.Deployment',
  ObjectMeta: objectMeta,
}
/** Their published types are those of what is stored, not of what may be written. */
const asWritten: Readonly<Record<string, Schema>> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: ['integer', 'string'] },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: ['string', 'number'] },
}

function kubernetes() {
  const { definitions: all } = published('swagger.json') as { definitions: Record<string, Schema> }
  const definitions: Record<string, unknown> = {}
  const add = (name: string): void => {
    if (name in definitions) return
    definitions[name] = asWritten[name] ?? tidied(all[name], { isClosing: true, without: ['status'] })
    const refs = JSON.stringify(definitions[name]).matchAll(/"#\/definitions\/([^"]+)"/g)
    for (const [, other] of refs) add(other!)
  }
  for (const name of Object.values(kubernetesKinds)) add(name)
  const kinds = Object.entries(kubernetesKinds).map(([kind, name]) => [kind, { $ref: `#/definitions/${name}` }])
  return { kinds: Object.fromEntries(kinds), definitions }
}

// ---- custom resources ----

interface Crd {
  readonly spec: {
    readonly group: string
    readonly names: { readonly kind: string }
    readonly versions: readonly {
      readonly name: string
      readonly storage: boolean
      readonly schema: { readonly openAPIV3Schema: Schema & { readonly properties: Schema } }
    }[]
  }
}

function customResource(file: string, without: readonly string[]): [string, unknown] {
  const { spec } = published(file) as unknown as Crd
  const { name, schema } = spec.versions.find(({ storage }) => storage)!
  // Kubernetes fills in what the metadata of all kinds are.
  const { openAPIV3Schema: whole } = schema
  const kept = tidied({ ...whole, properties: { ...whole.properties, metadata: {} } }, { isClosing: true, without })
  return [`${spec.group}/${name} ${spec.names.kind}`, kept]
}

// ---- all ----

function write(file: string, from: string, content: object): void {
  const comment = `Made by scripts/deploy-schemas.ts from ${from} (Apache-2.0).`
  writeFileSync(join(fixtures, file), `${JSON.stringify({ $comment: comment, ...content })}\n`)
}

const compose = tidied(published('compose-spec.json'), { isClosing: false }) as Schema
write('compose.json', 'compose-spec/compose-spec 170098b, schema/compose-spec.json', compose)
write('kubernetes.json', 'kubernetes/kubernetes v1.35.0, api/openapi-spec/swagger.json', kubernetes())
const ofOperator = ['prometheusrules', 'servicemonitors', 'podmonitors'].map(name =>
  customResource(`monitoring.coreos.com_${name}.yaml`, ['status']),
)
write(
  'prometheus-operator.json',
  'prometheus-operator/prometheus-operator 6adcebc (after v0.93.0), example/prometheus-operator-crd/',
  { kinds: Object.fromEntries(ofOperator) },
)
// Of the cluster itself the large parts that deploy/ has no use for are left out, and so are not known.
const ofStrimzi = [
  customResource('040-Crd-kafka.yaml', ['status', 'template', 'cruiseControl', 'kafkaExporter']),
  ...['043-Crd-kafkatopic', '044-Crd-kafkauser', '045-Crd-kafkanodepool'].map(name =>
    customResource(`${name}.yaml`, ['status']),
  ),
]
write('strimzi.json', 'strimzi/strimzi-kafka-operator 8541da1 (install/ is of 1.2.0), install/cluster-operator/', {
  kinds: Object.fromEntries(ofStrimzi),
})
