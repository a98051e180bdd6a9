// Every API that millrace speaks, by key. A new API is one file beside this one and one line here.
import type { Api } from '../schema.ts'
import { offsetFetch } from './09-offset-fetch.ts'
import { apiVersions } from './18-api-versions.ts'

export const apis: readonly Api[] = [offsetFetch, apiVersions]

export const apiByKey: ReadonlyMap<number, Api> = new Map(apis.map(api => [api.key, api]))
