// What lies in deploy/, for tests: YAML as data, the schemas of those who take it (scripts/deploy-schemas.ts), and millrace's own
// command line as the judge of what is said to it there.
import { EventEmitter } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { runCli } from '../../cli/program.ts'
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

const compose = ajv.compile(schemaFileOf('compose'))
export const composeErrors = (value: unknown): string[] => errorsBy(compose, value)

// ---- the command line ----

/** Where a program writes to. */
export const writer = (onText: (text: string) => void) => ({
  write(text: string, done?: (error?: Error | null) => void) {
    onText(text)
    done?.()
    return true
  },
})

/** Nobody has this flag: a command that is right otherwise complains about it alone, and does nothing. */
const strayFlag = '--not-a-flag'

async function complaintsOf(args: readonly string[], env: Labels): Promise<string> {
  let stderr = ''
  const said = writer(text => {
    stderr += text
  })
  const io = { stdout: writer(() => {}), stderr: said, env, events: new EventEmitter(), exit: () => {} }
  const exitCode = await runCli([...args, strayFlag], io)
  return `${exitCode} ${stderr}`
}

/**
 * What the program has to say against its arguments, variables and files, and what it says when nothing is wrong. `files` are by their
 * place in the container.
 */
export async function saidAgainst(args: readonly string[], env: Labels = {}, files: Labels = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-deploy-'))
  const moved = (text: string) => Object.keys(files).reduce((all, path) => all.replaceAll(path, join(dir, path)), text)
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true })
      writeFileSync(join(dir, path), moved(text))
    }
    const said = await complaintsOf(args.map(moved), env)
    const command = args.slice(0, args[0] === 'agent' ? 1 : 2)
    return { said, nothing: await complaintsOf([...command, '--bootstrap', 'kafka:9092'], {}) }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** What the image sets for the agent, whose MILLRACE_AGENT_ variables count more than a file. */
export const imageVariables: Labels = Object.fromEntries(
  [...read('deploy/Dockerfile').matchAll(/\b(MILLRACE_\w+)=(\S+)/g)].map(([, name, value]) => [name!, value!]),
)
