// The Schema Registry, from the properties that Confluent's serializers take: they stand in the same files as the clients' own.
import type { Settings } from '../../core/config.ts'
import type { ConfigProblem } from '../../core/errors.ts'
import { parseBoolean } from '../../core/units.ts'
import type { RegistryPlan, SubjectStrategy } from '../plan.ts'

export const registryNames = [
  'schema.registry.url',
  'basic.auth.user.info',
  'schema.registry.basic.auth.user.info',
  'bearer.auth.token',
  'schema.registry.bearer.auth.token',
  'basic.auth.credentials.source',
  'bearer.auth.credentials.source',
  'auto.register.schemas',
  'value.subject.name.strategy',
] as const

const strategies: Readonly<Record<string, SubjectStrategy>> = {
  topicnamestrategy: 'topic',
  recordnamestrategy: 'record',
  topicrecordnamestrategy: 'topic-record',
}

export interface RegistrySettings {
  readonly registry?: RegistryPlan
  readonly subjectStrategy: SubjectStrategy
  readonly problems: readonly ConfigProblem[]
}

export function readRegistry(others: Settings): RegistrySettings {
  const problems: ConfigProblem[] = []
  const textOf = (...names: readonly (typeof registryNames)[number][]) =>
    names.map(name => others.get(name)?.text).find(text => text !== undefined && text !== '')
  const pathOf = (name: string) => others.get(name)?.path ?? name
  const strategyText = textOf('value.subject.name.strategy')
  // A class name: what counts is its end.
  const subjectStrategy =
    strategyText === undefined ? 'topic' : strategies[strategyText.split('.').at(-1)!.toLowerCase()]
  if (subjectStrategy === undefined) {
    const message = `is not one of TopicNameStrategy, RecordNameStrategy and TopicRecordNameStrategy`
    problems.push({ path: pathOf('value.subject.name.strategy'), message })
  }
  const register = parseBoolean(textOf('auto.register.schemas') ?? 'true')
  if ('problem' in register) problems.push({ path: pathOf('auto.register.schemas'), message: register.problem })
  const url = textOf('schema.registry.url')?.split(',').at(0)?.trim()
  if (url !== undefined && !/^https?:\/\/[^/]/.test(url)) {
    problems.push({ path: pathOf('schema.registry.url'), message: 'is not an address: write http://host:8081' })
  }
  const userInfo = textOf('schema.registry.basic.auth.user.info', 'basic.auth.user.info') ?? userIn(url)
  const bearerToken = textOf('schema.registry.bearer.auth.token', 'bearer.auth.token')
  const registry = url !== undefined && {
    url: url.replace(/\/\/[^@/]*@/, '//'),
    autoRegister: 'value' in register ? register.value : true,
    ...(userInfo !== undefined && { userInfo }),
    ...(bearerToken !== undefined && { bearerToken }),
  }
  return { subjectStrategy: subjectStrategy ?? 'topic', problems, ...(registry && { registry }) }
}

function userIn(url: string | undefined): string | undefined {
  const [, user] = /^https?:\/\/([^@/]+)@/.exec(url ?? '') ?? []
  return user === undefined ? undefined : decodeURIComponent(user)
}
