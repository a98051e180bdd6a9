// DescribeConfigs: settings of topics, of brokers, and (with a handler of its own in groups) of groups.
import { describeConfigs } from '../../wire/apis/32-describe-configs.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import type { ConfigEntry } from '../config-entries.ts'
import { findResource } from '../config-resources.ts'
import { handlerOf, type RequestBodyOf, type RequestContext } from '../handler.ts'

type Request = RequestBodyOf<typeof describeConfigs>
type Asked = Request['resources'][number]

export const describeConfigsHandler = handlerOf(describeConfigs, (context, request) => {
  return { throttleTimeMs: 0, results: request.resources.map(asked => answer(context, request, asked)) }
})

function answer({ cluster }: RequestContext, { includeSynonyms }: Request, asked: Asked) {
  const { resourceName, configurationKeys } = asked
  const identity = { resourceType: asked.resourceType, resourceName }
  const resource = findResource(cluster, asked.resourceType, resourceName)
  if ('errorCode' in resource) {
    return { ...identity, errorCode: resource.errorCode, errorMessage: resource.message, configs: [] }
  }
  const isAsked = ({ name }: ConfigEntry) => configurationKeys === null || configurationKeys.includes(name)
  const configs = resource.entries().filter(isAsked)
  return {
    ...identity,
    errorCode: kafkaCode.NONE,
    errorMessage: null,
    configs: configs.map(entry => shown(entry, includeSynonyms)),
  }
}

const shown = ({ source, synonyms, ...entry }: ConfigEntry, includeSynonyms: boolean) => {
  return { ...entry, configSource: source, synonyms: includeSynonyms ? synonyms : [], documentation: null }
}
