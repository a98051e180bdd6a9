// IncrementalAlterConfigs: what is not named stays as it is.
import { incrementalAlterConfigs } from '../../wire/apis/44-incremental-alter-configs.ts'
import { alterResource } from '../alter-resource.ts'
import { handlerOf } from '../handler.ts'

export const incrementalAlterConfigsHandler = handlerOf(
  incrementalAlterConfigs,
  ({ cluster }, { resources, validateOnly }) => {
    const responses = resources.map(({ configs, ...identity }) => {
      const changes = configs.map(({ name, value, configOperation: operation }) => ({ name, value, operation }))
      return alterResource(cluster, identity, changes, { isFresh: false, validateOnly })
    })
    return { throttleTimeMs: 0, responses }
  },
)
