// Shows that the manifests are ones that Kubernetes, the Prometheus operator and Strimzi take, and that what refers to something finds it.
// No cluster is asked.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  agentsOf,
  type DeploymentSpec,
  deployments,
  documentOf,
  isSelected,
  type Labels,
  manifests,
  ofKind,
  packageJson,
  type Resource,
  resourceErrors,
  resourcesOf,
  root,
  type ServiceSpec,
} from './manifests.ts'

const monitor = resourcesOf('deploy/kubernetes/service-monitor.yaml')[0] as Resource<{
  readonly selector: { readonly matchLabels: Labels }
  readonly endpoints: readonly { readonly port: string }[]
}>

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
    const ports = agentsOf(template.spec).flatMap(each => each.ports ?? [])
    expect(service!.spec.ports.map(({ targetPort }) => targetPort)).toEqual(ports.map(({ name }) => name))
    expect(isSelected(monitor.spec.selector.matchLabels, service!.metadata.labels)).toBe(true)
    expect(monitor.spec.endpoints.map(({ port }) => port)).toEqual(service!.spec.ports.map(({ name }) => name))
  })

  it.each(deployments)('$path: volumes are there, and the image is of this version', ({ deployment }) => {
    const { spec } = deployment.spec.template
    expect(agentsOf(spec)).toHaveLength(1)
    for (const { image, volumeMounts = [] } of agentsOf(spec)) {
      expect(image).toBe(`millrace:${packageJson.version}`)
      expect(volumeMounts.map(({ name }) => name)).toEqual((spec.volumes ?? []).map(({ name }) => name))
    }
  })
})

describe('the agent', () => {
  it.each(deployments)('$path: not as root, and with no more than it needs', ({ deployment }) => {
    const { spec } = deployment.spec.template
    for (const container of agentsOf(spec)) {
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
})
