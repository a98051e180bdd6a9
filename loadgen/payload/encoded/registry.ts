// The part of a Confluent-compatible Schema Registry that a producer needs: the id of its schema under a subject, registered or
// looked up. https://docs.confluent.io/platform/current/schema-registry/develop/api.html
import { MillraceError } from '../../../core/errors.ts'
import type { EncodedPayload, RegistryPlan } from '../../plan.ts'
import { encodingOf } from './pool.ts'

const timeoutMs = 10_000
const mediaType = 'application/vnd.schemaregistry.v1+json'

export function subjectOf(payload: EncodedPayload, topic: string): string {
  const { name } = encodingOf(payload)
  switch (payload.subjectStrategy) {
    case 'record':
      return name
    case 'topic-record':
      return `${topic}-${name}`
    case 'topic':
      return `${topic}-value`
  }
}

/** The payload with the id that its values begin with; as it is, where there is no registry. */
export async function withSchemaId(
  payload: EncodedPayload,
  topic: string,
  registry: RegistryPlan | undefined,
): Promise<EncodedPayload> {
  if (registry === undefined) return payload
  const subject = subjectOf(payload, topic)
  const { schemaType } = encodingOf(payload)
  const path = `/subjects/${encodeURIComponent(subject)}${registry.autoRegister ? '/versions' : ''}`
  const body = { schema: payload.schema, ...(schemaType === 'AVRO' ? {} : { schemaType }) }
  const answer = await post(registry, path, body)
  const id = (answer as { readonly id?: unknown }).id
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0) return { ...payload, subject, schemaId: id }
  throw new MillraceError('REGISTRY_FAILED', `schema registry ${shown(registry.url)}: an answer without an id`)
}

async function post({ url, userInfo, bearerToken }: RegistryPlan, path: string, body: object): Promise<unknown> {
  const authorization: Record<string, string> =
    bearerToken !== undefined
      ? { authorization: `Bearer ${bearerToken}` }
      : userInfo !== undefined
        ? { authorization: `Basic ${Buffer.from(userInfo).toString('base64')}` }
        : {}
  const headers = { 'content-type': mediaType, accept: mediaType, ...authorization }
  let response: Response
  try {
    const address = `${shown(url).replace(/\/+$/, '')}${path}`
    response = await fetch(address, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    })
  } catch (cause) {
    const { message, cause: inner } = cause as Error
    const why = inner instanceof Error ? inner.message : message
    throw new MillraceError('REGISTRY_FAILED', `schema registry ${shown(url)} cannot be reached: ${why}`, { cause })
  }
  const text = await response.text()
  if (response.ok) return parsed(text)
  const { message, error_code: code } = parsed(text) as { readonly message?: string; readonly error_code?: number }
  const told =
    message === undefined ? `HTTP status ${response.status}` : `${message}${code === undefined ? '' : ` (${code})`}`
  throw new MillraceError('REGISTRY_FAILED', `schema registry ${shown(url)}, ${path}: ${told}`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

/** An address may hold a password. */
const shown = (url: string): string => url.replace(/\/\/[^@/]*@/, '//')
