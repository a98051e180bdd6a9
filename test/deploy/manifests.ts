// What lies in deploy/, for tests: YAML as data, and the schemas of those who take it (scripts/deploy-schemas.ts).
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { readYaml } from '../../core/yaml-document.ts'

export const root = fileURLToPath(new URL('../../', import.meta.url))
export const read = (path: string): string => readFileSync(join(root, path), 'utf8')
export const documentOf = <T>(path: string): T => readYaml(read(path), path).value as T
export const packageJson = JSON.parse(read('package.json')) as {
  readonly version: string
  readonly files: readonly string[]
  readonly bin: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

// ---- resources of Kubernetes ----

export type Labels = Readonly<Record<string, string>>

export interface Resource<Spec = unknown> {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels?: Labels }
  readonly spec: Spec
  readonly data?: Labels
}

interface Probe {
  readonly httpGet: { readonly path: string }
}

export interface Container {
  readonly name: string
  readonly image: string
  readonly args?: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value?: string }[]
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly startupProbe?: Probe
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly securityContext?: Readonly<Record<string, unknown>>
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
}

export interface PodSpec {
  readonly enableServiceLinks?: boolean
  readonly securityContext?: Readonly<Record<string, unknown>>
  readonly initContainers?: readonly Container[]
  readonly containers: readonly Container[]
  readonly volumes?: readonly { readonly name: string; readonly secret?: { readonly secretName: string } }[]
}

export interface DeploymentSpec {
  readonly selector: { readonly matchLabels: Labels }
  readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec }
}

export interface ServiceSpec {
  readonly selector: Labels
  readonly ports: readonly { readonly name: string; readonly targetPort: string }[]
}

export const resourcesOf = (path: string): Resource[] =>
  read(path)
    .split(/^---$/m)
    .map(text => readYaml(text, path).value as Resource)

export const ofKind = <Spec>(resources: readonly Resource[], kind: string) =>
  resources.filter(each => each.kind === kind) as Resource<Spec>[]

/** Whether whoever selects these labels finds what has those. */
export const isSelected = (selector: Labels, labels: Labels = {}): boolean =>
  Object.entries(selector).every(([name, value]) => labels[name] === value)

/** The manifests of both folders, kustomizations left out. */
export const manifests = globSync('deploy/{kubernetes,strimzi}/*.yaml', { cwd: root })
  .filter(path => !path.endsWith('/kustomization.yaml'))
  .sort()
  .map(path => ({ path, resources: resourcesOf(path) }))

export const deployments = manifests.flatMap(({ path, resources }) =>
  ofKind<DeploymentSpec>(resources, 'Deployment').map(deployment => ({ path, resources, deployment })),
)

/** The containers that are millrace's. */
export const agentsOf = ({ initContainers = [], containers }: PodSpec): Container[] =>
  [...initContainers, ...containers].filter(({ image }) => image.startsWith('millrace:'))

// ---- the compose file ----

export interface ComposeService {
  readonly image: string
  readonly build?: { readonly context: string; readonly dockerfile?: string; readonly dockerfile_inline?: string }
  readonly healthcheck?: { readonly test?: readonly string[] }
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string | number>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>
  readonly profiles?: readonly string[]
}

interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly volumes: Readonly<Record<string, unknown>>
}

export const composeFolder = 'deploy/compose'
export const compose = documentOf<Compose>(`${composeFolder}/compose.yaml`)
export interface Mount {
  /** In the repository; undefined: a named volume. */
  readonly path: string | undefined
  readonly volume: string
  readonly target: string
}

export const mountsOf = ({ volumes = [] }: ComposeService): Mount[] =>
  volumes.map(text => {
    const [source, target] = text.split(':') as [string, string]
    return { path: source.startsWith('.') ? join(composeFolder, source) : undefined, volume: source, target }
  })

// ---- schemas ----

interface SchemaFile {
  readonly kinds: Readonly<Record<string, object>>
  readonly definitions?: Readonly<Record<string, object>>
}

const ajv = new Ajv({ allErrors: true, strict: false })
const schemaFileOf = (name: string) => JSON.parse(read(`test/fixtures/deploy/${name}.json`))
const schemas = ['kubernetes', 'prometheus-operator', 'strimzi'].flatMap(file => {
  const { kinds, definitions = {} } = schemaFileOf(file) as SchemaFile
  return Object.entries(kinds).map(([kind, schema]) => [kind, { ...schema, definitions }] as const)
})
const validators = new Map<string, ValidateFunction>()

function validatorOf(kind: string): ValidateFunction {
  const known = validators.get(kind)
  if (known !== undefined) return known
  const schema = new Map(schemas).get(kind)
  if (schema === undefined) throw new Error(`there is no schema of ${kind} in test/fixtures/deploy`)
  const validator = ajv.compile(schema)
  validators.set(kind, validator)
  return validator
}

const told = ({ instancePath, keyword, params, message }: ErrorObject): string =>
  keyword === 'additionalProperties'
    ? `${instancePath} has no ${params.additionalProperty}`
    : `${instancePath} ${message} ${JSON.stringify(params)}`

const errorsBy = (validate: ValidateFunction, value: unknown): string[] =>
  validate(value) ? [] : validate.errors!.map(told)

export const resourceErrors = (resource: Resource): string[] => [
  ...errorsBy(validatorOf(`${resource.apiVersion} ${resource.kind}`), resource),
  ...errorsBy(validatorOf('ObjectMeta'), resource.metadata),
]

const validateCompose = ajv.compile(schemaFileOf('compose'))
export const composeErrors = (value: unknown): string[] => errorsBy(validateCompose, value)

// ---- the image ----

/** What the image sets for the agent, whose MILLRACE_AGENT_ variables count more than a file. */
export const imageVariables: Labels = Object.fromEntries(
  [...read('deploy/Dockerfile').matchAll(/\b(MILLRACE_\w+)=(\S+)/g)].map(([, name, value]) => [name!, value!]),
)
