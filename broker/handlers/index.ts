// Every API that the embedded broker serves, by key. A new one is one file beside this one and one line here; ApiVersions
// answers from this table.
import type { Handler } from '../handler.ts'

const handlers: readonly Handler[] = []

export const handlerByKey: ReadonlyMap<number, Handler> = new Map(handlers.map(handler => [handler.api.key, handler]))
