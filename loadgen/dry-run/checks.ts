// What of the cluster stands in the way of a test, asked before any load and without changing anything: does it answer, are the
// topics there or can they be made, is the layout the one that was planned, may this principal do what the test does.
import { isMillraceError, MillraceError } from '../../core/errors.ts'
import { couldCreateTopic, groupOperations, type Operation, topicOperations } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import type { TopicMetadata } from '../../wire/cluster-metadata.ts'
import type { ClientSettings } from '../../wire/settings.ts'
import type { ConsumePlan, TopicPlan } from '../plan.ts'
import { plural } from '../report/format.ts'
import type { ScenarioModel, TestModel } from '../scenario/model.ts'

export interface Check {
  /** For people, one line. */
  readonly text: string
  /** `warning`: the test would run, but perhaps not as it was meant. */
  readonly outcome: 'ok' | 'warning' | 'failed'
  /** Of a failed one. */
  readonly error?: MillraceError
}

interface TopicUse {
  readonly plan: TopicPlan
  readonly operations: Set<Operation>
}

interface ClusterUse {
  readonly client: ClientSettings
  readonly topics: Map<string, TopicUse>
  readonly groups: Set<string>
}

export async function checkTest(model: TestModel): Promise<Check[]> {
  const checks: Check[] = []
  for (const use of usesOf(model).values()) checks.push(...(await checkCluster(use)))
  return checks
}

/** Each cluster, topic and group once, with all that the scenarios do to it. */
function usesOf(model: TestModel): Map<string, ClusterUse> {
  const uses = new Map<string, ClusterUse>()
  for (const scenario of model.scenarios) {
    const { client, topic, consume } = scenario
    const name = client.bootstrap.map(({ host, port }) => `${host}:${port}`).join(',')
    const use = uses.get(name) ?? { client, topics: new Map(), groups: new Set() }
    uses.set(name, use)
    for (const plan of [...model.topics, ...(topic === undefined ? [] : [topic])]) {
      const known = use.topics.get(plan.name) ?? { plan, operations: new Set<Operation>(['describe']) }
      if (plan === topic) for (const operation of operationsOf(scenario)) known.operations.add(operation)
      use.topics.set(plan.name, known)
    }
    for (const name of writtenBy(consume)) {
      const known = use.topics.get(name) ?? { plan: { name }, operations: new Set<Operation>(['describe']) }
      known.operations.add('write')
      use.topics.set(name, known)
    }
    if (consume?.group !== undefined) use.groups.add(consume.group)
  }
  return uses
}

/** Where a consumer passes records on to. */
const writtenBy = (consume: ConsumePlan | undefined): string[] => {
  const { forwardTo, deadLetterTo } = consume?.process?.handling ?? {}
  return [forwardTo, deadLetterTo].filter(name => name !== undefined)
}

function operationsOf({ role }: ScenarioModel): readonly Operation[] {
  if (role === 'produce') return ['write']
  return role === 'consume' ? ['read'] : ['write', 'read']
}

async function checkCluster({ client, topics, groups }: ClusterUse): Promise<Check[]> {
  const name = client.bootstrap.map(({ host, port }) => `${host}:${port}`).join(',')
  let cluster: Cluster
  try {
    cluster = await Cluster.connect(client)
  } catch (error) {
    return [failed(`cluster ${name}`, error)]
  }
  try {
    const { brokers } = await cluster.metadata()
    const checks: Check[] = [
      { outcome: 'ok', text: `cluster ${name} answers: brokers ${[...brokers.keys()].join(', ')}` },
    ]
    for (const use of topics.values()) checks.push(...(await checkTopic(cluster, use)))
    for (const group of groups) checks.push(await checkGroup(cluster, group))
    return checks
  } finally {
    await cluster.close()
  }
}

async function checkTopic(cluster: Cluster, { plan, operations }: TopicUse): Promise<Check[]> {
  const where = `topic ${plan.name}`
  try {
    const found = await cluster.topic(plan.name, { allowCached: false })
    const allowed = await topicOperations(cluster, plan.name)
    const missing = allowed === undefined ? [] : [...operations].filter(operation => !allowed.has(operation))
    if (missing.length > 0) return [forbidden(where, missing)]
    return layoutOf(found, plan)
  } catch (error) {
    const isMissing = isMillraceError(error) && error.code === 'TOPIC_UNKNOWN'
    return [isMissing ? await checkCreation(cluster, plan) : failed(where, error)]
  }
}

async function checkCreation(cluster: Cluster, { name, create }: TopicPlan): Promise<Check> {
  const where = `topic ${name} does not exist`
  if (create === undefined) {
    const why = new MillraceError(
      'TOPIC_UNKNOWN',
      `topic '${name}' does not exist, and partitions to create it with are not given`,
    )
    return failed(`topic ${name}`, why)
  }
  try {
    await couldCreateTopic(cluster, { name, ...create })
  } catch (error) {
    return failed(`${where}, and cannot be created`, error)
  }
  const kept = create.keep ? 'kept' : 'deleted afterwards'
  const replicas =
    create.replicationFactor < 0 ? "the cluster's default of replicas" : `${create.replicationFactor} replicas`
  const layout = `${plural(create.partitions, 'partition')}, ${replicas}`
  return { outcome: 'ok', text: `${where}, and can be created: ${layout}; ${kept}` }
}

function layoutOf({ name, partitions }: TopicMetadata, { create }: TopicPlan): Check[] {
  const leaderless = partitions.filter(({ leader }) => leader < 0).map(({ index }) => index)
  const behind = partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length
  const replicas = partitions[0]?.replicas.length ?? 0
  const checks: Check[] = [
    {
      outcome: 'ok',
      text: `topic ${name} exists: ${plural(partitions.length, 'partition')}, ${plural(replicas, 'replica')}`,
    },
  ]
  if (create !== undefined && create.partitions !== partitions.length)
    checks.push({
      outcome: 'warning',
      text: `topic ${name} is used as it is, and not with ${create.partitions} partitions`,
    })
  if (behind > 0)
    checks.push({
      outcome: 'warning',
      text: `topic ${name}: ${behind} partitions have fewer replicas in sync than they should`,
    })
  if (leaderless.length > 0) {
    const error = new MillraceError('TOPIC_UNKNOWN', `partitions ${leaderless.join(', ')} have no leader`)
    checks.push(failed(`topic ${name}`, error))
  }
  return checks
}

async function checkGroup(cluster: Cluster, group: string): Promise<Check> {
  try {
    const allowed = await groupOperations(cluster, group)
    if (allowed !== undefined && !allowed.has('read')) return forbidden(`group ${group}`, ['read'])
    return { outcome: 'ok', text: `group ${group} can be joined` }
  } catch (error) {
    return failed(`group ${group}`, error)
  }
}

function forbidden(where: string, operations: readonly Operation[]): Check {
  const words = operations.map(operation => operation.toUpperCase()).join(' and ')
  return failed(where, new MillraceError('AUTHORIZATION_FAILED', `this principal has no right to ${words}`))
}

function failed(where: string, error: unknown): Check {
  if (!isMillraceError(error)) throw error
  return { outcome: 'failed', text: `${where}: ${error.message}`, error }
}
