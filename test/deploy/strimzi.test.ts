// Shows that the Strimzi example hangs together: the agent's rights are those of docs/agent.md, its canary finds the topic that is made, and
// the pod is that of deploy/kubernetes but for where its secrets come from.
import { describe, expect, it } from 'vitest'
import { canaryTopicConfigs } from '../../agents/canary/topic.ts'
import { readAgentConfig } from '../../agents/config/read.ts'
import { selfSigned } from '../wire/self-signed.ts'
import { type DeploymentSpec, type Labels, ofKind, read, resourcesOf } from './manifests.ts'

interface Acl {
  readonly resource: { readonly type: string; readonly name?: string; readonly patternType?: string }
  readonly operations: readonly string[]
}

interface KafkaSpec {
  readonly kafka: {
    readonly version: string
    readonly listeners: readonly {
      readonly port: number
      readonly tls: boolean
      readonly authentication: { readonly type: string }
    }[]
    readonly authorization: { readonly type: string }
    readonly config: Readonly<Record<string, unknown>>
    readonly metricsConfig: {
      readonly type: string
      readonly valueFrom: { readonly configMapKeyRef: { readonly name: string; readonly key: string } }
    }
  }
}

const resources = ['kafka', 'agent-user', 'canary-topic', 'agent'].flatMap(name =>
  resourcesOf(`deploy/strimzi/${name}.yaml`),
)
const metrics = resourcesOf('deploy/strimzi/kafka-metrics.yaml')
const only = <Spec>(kind: string, from = resources) => {
  const [found, ...more] = ofKind<Spec>(from, kind)
  expect(more).toEqual([])
  return found!
}
const kafka = () => only<KafkaSpec>('Kafka')

/** The commands of docs/agent.md, as `topic * Read`. */
function documentedRights(): string[] {
  const commands = read('docs/agent.md').match(/^kafka-acls .*$/gm) ?? []
  return commands.flatMap(command => {
    const operations = [...command.matchAll(/--operation (\w+)/g)].map(([, operation]) => operation!)
    const named = [...command.matchAll(/--(topic|group) '?([^\s']+)'?/g)].map(([, type, name]) => `${type} ${name}`)
    const on = /--cluster\b/.test(command) ? ['cluster', ...named] : named
    return on.flatMap(each => operations.map(operation => `${each} ${operation}`))
  })
}

describe('the Strimzi example', () => {
  it('gives the agent the rights of docs/agent.md, and none to make the topic that is made for it', () => {
    const { spec, metadata } = only<{ readonly authorization: { readonly acls: readonly Acl[] } }>('KafkaUser')
    const given = spec.authorization.acls.flatMap(({ resource: { type, name, patternType }, operations }) => {
      expect(patternType ?? 'literal').toBe('literal')
      return operations.map(operation => [type, name, operation].filter(Boolean).join(' '))
    })
    const documented = documentedRights()
    expect(documented).toContain('topic millrace-canary Create')
    expect(given.toSorted()).toEqual(documented.filter(right => right !== 'topic millrace-canary Create').toSorted())
    expect(metadata.labels!['strimzi.io/cluster']).toBe(kafka().metadata.name)
  })

  it('has three replicas of everything, and a listener with TLS and SCRAM alone', () => {
    interface PoolSpec {
      readonly replicas: number
      readonly roles: readonly string[]
      readonly template: {
        readonly pod: {
          readonly topologySpreadConstraints: readonly { readonly labelSelector: { readonly matchLabels: Labels } }[]
        }
      }
    }
    const { spec: pool, metadata } = only<PoolSpec>('KafkaNodePool')
    expect([pool.replicas, pool.roles.toSorted()]).toEqual([3, ['broker', 'controller']])
    const [spread] = pool.template.pod.topologySpreadConstraints
    const { name: cluster } = kafka().metadata
    expect(spread!.labelSelector.matchLabels).toEqual({
      'strimzi.io/cluster': cluster,
      'strimzi.io/pool-name': metadata.name,
    })
    const { listeners, authorization, config } = kafka().spec.kafka
    expect(listeners.map(({ tls, authentication }) => [tls, authentication.type])).toEqual([[true, 'scram-sha-512']])
    expect(authorization.type).toBe('simple')
    const values = (pattern: RegExp) =>
      Object.keys(config)
        .filter(name => pattern.test(name))
        .map(name => config[name])
    expect(new Set(values(/replication\.factor$/))).toEqual(new Set([3]))
    expect(new Set(values(/min\.(isr|insync\.replicas)$/))).toEqual(new Set([2]))
  })

  it('brokers tell of JMX what deploy/jmx_exporter/kafka.yaml takes, and their pods are scraped', () => {
    const { data, metadata } = only('ConfigMap', metrics)
    const { type, valueFrom } = kafka().spec.kafka.metricsConfig
    expect(type).toBe('jmxPrometheusExporter')
    expect(valueFrom.configMapKeyRef).toEqual({ name: metadata.name, key: 'kafka.yaml' })
    expect(data!['kafka.yaml']).toBe(read('deploy/jmx_exporter/kafka.yaml'))
    interface MonitorSpec {
      readonly selector: { readonly matchLabels: Labels }
      readonly podMetricsEndpoints: readonly { readonly port: string }[]
    }
    const { spec } = only<MonitorSpec>('PodMonitor', metrics)
    expect(spec.selector.matchLabels).toEqual({
      'strimzi.io/cluster': kafka().metadata.name,
      'strimzi.io/pool-name': only('KafkaNodePool').metadata.name,
    })
    // The name that Strimzi gives the exporter's port.
    expect(spec.podMetricsEndpoints.map(({ port }) => port)).toEqual(['tcp-prometheus'])
  })

  it('the agent is told that listener, by the name of its service, and the canary its topic', () => {
    const { data } = only('ConfigMap')
    const { clusters } = readAgentConfig({
      file: { path: 'agent.yaml', text: data!['agent.yaml']! },
      env: {
        MILLRACE_SASL_JAAS_CONFIG:
          'org.apache.kafka.common.security.scram.ScramLoginModule required username="u" password="p";',
      },
      flags: new Map(),
      flagCluster: undefined,
      readFile: () => Buffer.from(selfSigned('ca').certificatePem),
      problems: [],
    })
    const { metadata, spec } = kafka()
    const [listener] = spec.kafka.listeners
    expect(clusters.map(({ client }) => client.bootstrap)).toEqual([
      [{ host: `${metadata.name}-kafka-bootstrap`, port: listener!.port }],
    ])
    expect(clusters[0]!.client).toMatchObject({ sasl: { mechanism: 'SCRAM-SHA-512' }, tls: {} })
    const topic = only<{ readonly partitions: number; readonly replicas: number; readonly config: object }>(
      'KafkaTopic',
    )
    const canary = clusters[0]!.collectors.find(({ name }) => name === 'canary')
    expect(canary).toMatchObject({ values: { create: false, topic: topic.metadata.name } })
    const { 'min.insync.replicas': minIsr, ...config } = topic.spec.config as Record<string, unknown>
    expect([topic.spec.partitions, topic.spec.replicas, minIsr]).toEqual([3, 3, 2])
    expect(Object.fromEntries(Object.entries(config).map(([name, value]) => [name, String(value)]))).toEqual(
      canaryTopicConfigs,
    )
  })

  it('the pod is that of deploy/kubernetes, but for its secrets', () => {
    const withoutSecrets = (deployment: object) =>
      JSON.parse(JSON.stringify(deployment, (key, value) => (/^(env|envFrom|secret)$/.test(key) ? undefined : value)))
    const [plain] = ofKind<DeploymentSpec>(resourcesOf('deploy/kubernetes/agent.yaml'), 'Deployment')
    const own = only<DeploymentSpec>('Deployment')
    expect(withoutSecrets(own)).toEqual(withoutSecrets(plain!))
    const { env, volumeMounts } = own.spec.template.spec.containers[0]!
    const user = only('KafkaUser').metadata.name
    expect(env).toEqual([
      { name: 'MILLRACE_SASL_JAAS_CONFIG', valueFrom: { secretKeyRef: { name: user, key: 'sasl.jaas.config' } } },
    ])
    const secrets = (own.spec.template.spec.volumes ?? []).flatMap(({ secret }) => secret ?? [])
    expect(secrets).toEqual([
      { secretName: `${kafka().metadata.name}-cluster-ca-cert`, items: [{ key: 'ca.crt', path: 'ca.crt' }] },
    ])
    expect(volumeMounts!.map(({ mountPath }) => mountPath)).toContain('/etc/millrace/tls')
    expect(ofKind(resources, 'Service')).toEqual(ofKind(resourcesOf('deploy/kubernetes/agent.yaml'), 'Service'))
  })
})
