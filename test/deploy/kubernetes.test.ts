// Shows that the manifests are ones that Kubernetes, the Prometheus operator and Strimzi take, that what refers to something finds it,
// and that the agent takes the settings they give it. No cluster is asked.
import { existsSync, globSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type Container,
  type DeploymentSpec,
  documentOf,
  imageVariables,
  isSelected,
  type Labels,
  ofKind,
  packageJson,
  type Resource,
  resourceErrors,
  resourcesOf,
  root,
  type ServiceSpec,
  saidAgainst,
} from './manifests.ts'

const isManifest = (path: string) => !path.endsWith('/kustomization.yaml')
const paths = globSync('deploy/{kubernetes,strimzi}/*.yaml', { cwd: root }).filter(isManifest).sort()
const manifests = paths.map(path => ({ path, resources: resourcesOf(path) }))
const deployments = manifests.flatMap(({ path, resources }) =>
  ofKind<DeploymentSpec>(resources, 'Deployment').map(deployment => ({ path, resources, deployment })),
)
const monitor = resourcesOf('deploy/kubernetes/service-monitor.yaml')[0] as Resource<{
  readonly selector: { readonly matchLabels: Labels }
  readonly endpoints: readonly { readonly port: string }[]
}>

const isOurs = ({ image }: Container) => image.startsWith('millrace:')
const containersOf = ({ initContainers = [], containers }: DeploymentSpec['template']['spec']) =>
  [...initContainers, ...containers].filter(isOurs)

describe('schemas', () => {
  it.each(manifests)('$path', ({ resources }) => {
    for (const each of resources) expect([each.kind, resourceErrors(each)]).toEqual([each.kind, []])
  })

  it('find a field that is not known, a value that is none, and metadata that are wrong', () => {
    const [user, agent] = ['deploy/strimzi/agent-user.yaml', 'deploy/kubernetes/agent.yaml'].map(
      path => resourcesOf(path)[0]!,
    )
    const acls = [{ resource: { type: 'topic', name: 'x' }, operations: ['Reed'] }]
    const wrongUser = { ...user!, spec: { authentication: { type: 'scram' }, authorization: { type: 'simple', acls } } }
    expect(resourceErrors(wrongUser)).toHaveLength(2)
    const spec = agent!.spec as DeploymentSpec
    expect(resourceErrors({ ...agent!, spec: { ...spec, replica: 1, strategy: { type: 7 } } })).toEqual(
      expect.arrayContaining(['/spec has no replica', expect.stringMatching(/^\/spec\/strategy\/type must be string/)]),
    )
    expect(resourceErrors({ ...monitor, spec: { ...monitor.spec, endpoint: [] } })).toEqual(['/spec has no endpoint'])
    expect(resourceErrors({ ...monitor, metadata: { name: 'x', label: {} } as Resource['metadata'] })).not.toEqual([])
  })
})

describe('references', () => {
  it('kustomizations name what there is, all of it, and nothing twice', () => {
    interface Kustomization {
      readonly resources: readonly string[]
      readonly images: readonly { readonly name: string; readonly newTag: string }[]
    }
    const { resources, images } = documentOf<Kustomization>('deploy/kubernetes/kustomization.yaml')
    for (const path of resources) expect(existsSync(join(root, 'deploy/kubernetes', path)), path).toBe(true)
    const files = readdirSync(join(root, 'deploy/kubernetes')).filter(
      file => !/^(kustomization|sidecar-example)\./.test(file),
    )
    expect(resources.filter(path => !path.includes('/')).sort()).toEqual(files.sort())
    expect(images).toEqual([{ name: 'millrace', newTag: packageJson.version }])
    const named = files.flatMap(file =>
      resourcesOf(`deploy/kubernetes/${file}`).map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    )
    expect(new Set(named).size).toBe(named.length)
  })

  it('every board is a ConfigMap for the sidecar of Grafana', () => {
    interface Boards {
      readonly generatorOptions: { readonly labels: Labels }
      readonly configMapGenerator: readonly { readonly name: string; readonly files: readonly string[] }[]
    }
    const folder = 'dashboards/json'
    const { configMapGenerator, generatorOptions } = documentOf<Boards>(`${folder}/kustomization.yaml`)
    const boards = readdirSync(join(root, folder)).filter(file => file.endsWith('.json'))
    expect(configMapGenerator.flatMap(({ files }) => files).sort()).toEqual(boards.sort())
    expect(configMapGenerator.every(({ files }) => files.length === 1)).toBe(true)
    const names = configMapGenerator.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]{1,63}$/)
    expect(generatorOptions.labels.grafana_dashboard).toBe('1')
  })

  it.each(deployments)('$path: pods, services and the monitor find each other', ({ resources, deployment }) => {
    const { selector, template } = deployment.spec
    expect(isSelected(selector.matchLabels, template.metadata.labels)).toBe(true)
    const [service, ...more] = ofKind<ServiceSpec>(resources, 'Service')
    expect(more).toEqual([])
    expect(isSelected(service!.spec.selector, template.metadata.labels)).toBe(true)
    const ports = containersOf(template.spec).flatMap(each => each.ports ?? [])
    expect(service!.spec.ports.map(({ targetPort }) => targetPort)).toEqual(ports.map(({ name }) => name))
    expect(isSelected(monitor.spec.selector.matchLabels, service!.metadata.labels)).toBe(true)
    expect(monitor.spec.endpoints.map(({ port }) => port)).toEqual(service!.spec.ports.map(({ name }) => name))
  })

  it.each(deployments)('$path: volumes are there, and the image is of this version', ({ deployment }) => {
    const { spec } = deployment.spec.template
    expect(containersOf(spec)).toHaveLength(1)
    for (const { image, volumeMounts = [] } of containersOf(spec)) {
      expect(image).toBe(`millrace:${packageJson.version}`)
      expect(volumeMounts.map(({ name }) => name)).toEqual((spec.volumes ?? []).map(({ name }) => name))
    }
  })
})

describe('the agent', () => {
  it.each(deployments)('$path: not as root, and with no more than it needs', ({ deployment }) => {
    const { spec } = deployment.spec.template
    for (const container of containersOf(spec)) {
      expect({ ...spec.securityContext, ...container.securityContext }).toMatchObject({
        runAsNonRoot: true,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      })
    }
    expect(spec.enableServiceLinks).toBe(false)
  })

  it('takes the configuration of deploy/kubernetes', async () => {
    const { said, nothing } = await saidBy('deploy/kubernetes/agent.yaml', 'deploy/kubernetes/agent-config.yaml', {})
    expect(said).toBe(nothing)
  })

  it('takes the properties that are proposed there for TLS', async () => {
    const { selfSigned } = await import('../wire/self-signed.ts')
    const proposed = (text: string) => text.replaceAll(/^ {4}# ( *(?:properties:|sasl\.|ssl\.|security\.))/gm, '    $1')
    const { said, nothing } = await saidBy(
      'deploy/kubernetes/agent.yaml',
      'deploy/kubernetes/agent-config.yaml',
      { MILLRACE_SASL_JAAS_CONFIG: jaas },
      { '/etc/millrace/tls/ca.crt': selfSigned('ca').certificatePem },
      proposed,
    )
    expect(said).toBe(nothing)
  })

  it('takes the variables of the sidecar', async () => {
    const { deployment } = deployments.find(({ path }) => path.endsWith('sidecar-example.yaml'))!
    const [{ args, env = [] }] = containersOf(deployment.spec.template.spec) as [Container]
    const variables = Object.fromEntries(env.map(({ name, value }) => [name, value!]))
    const { said, nothing } = await saidAgainst(args!, { ...imageVariables, ...variables })
    expect(said).toBe(nothing)
    const wrong = await saidAgainst(args!, { ...variables, MILLRACE_AGENT_GROUP_ALLOW: 'x' })
    expect(wrong.said).toContain('did you mean MILLRACE_AGENT_GROUPS_ALLOW?')
  })

  it('takes the configuration for Strimzi, with the Secrets that Strimzi makes, and not without', async () => {
    const { selfSigned } = await import('../wire/self-signed.ts')
    const path = 'deploy/strimzi/agent.yaml'
    const ca = { '/etc/millrace/tls/ca.crt': selfSigned('ca').certificatePem }
    const { said, nothing } = await saidBy(path, path, { MILLRACE_SASL_JAAS_CONFIG: jaas }, ca)
    expect(said).toBe(nothing)
    expect((await saidBy(path, path, {}, ca)).said).toContain('sasl.jaas.config')
    expect((await saidBy(path, path, { MILLRACE_SASL_JAAS_CONFIG: jaas })).said).toContain('/etc/millrace/tls/ca.crt')
  })
})

const jaas = 'org.apache.kafka.common.security.scram.ScramLoginModule required username="millrace-agent" password="x";'

/** With its configuration where the Deployment mounts it. */
function saidBy(path: string, configPath: string, env: Labels, files: Labels = {}, edited = (text: string) => text) {
  const { deployment } = deployments.find(each => each.path === path)!
  const [{ args, volumeMounts = [] }] = containersOf(deployment.spec.template.spec) as [Container]
  const config = volumeMounts.find(({ name }) => name === 'config')!.mountPath
  const [{ data }] = ofKind(resourcesOf(configPath), 'ConfigMap') as [Resource]
  for (const file of Object.keys(files)) expect(volumeMounts.map(each => each.mountPath)).toContain(dirname(file))
  return saidAgainst(args!, { ...imageVariables, ...env }, { ...files, [config]: edited(data!['agent.yaml']!) })
}
