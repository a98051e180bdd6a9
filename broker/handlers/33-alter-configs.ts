// AlterConfigs: what is not named goes back to its default.
import { alterConfigs } from '../../wire/apis/33-alter-configs.ts'
import { configOperation } from '../../wire/apis/44-incremental-alter-configs.ts'
import { alterResource } from '../alter-resource.ts'
import { handlerOf } from '../handler.ts'

export const alterConfigsHandler = handlerOf(alterConfigs, ({ cluster }, { resources, validateOnly }) => {
  const responses = resources.map(({ configs, ...identity }) => {
    const changes = configs.map(({ name, value }) => ({ name, value, operation: configOperation.set }))
    return alterResource(cluster, identity, changes, { isFresh: true, validateOnly })
  })
  return { throttleTimeMs: 0, responses }
})
