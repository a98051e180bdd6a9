// IncrementalAlterConfigs (key 44, KIP-339): changes single settings and leaves the others alone.
import { api, array, boolean, int8, int16, int32, nullable, string } from '../schema.ts'

/** Append and subtract are for settings that are lists. */
export const configOperation = { set: 0, delete: 1, append: 2, subtract: 3 } as const

export const incrementalAlterConfigs = api({
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: [0, 1],
  flexibleSince: 1,
  request: {
    resources: array({
      resourceType: int8,
      resourceName: string,
      configs: array({ name: string, configOperation: int8, value: nullable(string) }),
    }),
    validateOnly: boolean,
  },
  response: {
    throttleTimeMs: int32,
    responses: array({ errorCode: int16, errorMessage: nullable(string), resourceType: int8, resourceName: string }),
  },
})
