// OAUTHBEARER (RFC 7628, KIP-255): a bearer token in one message. A broker that refuses it says why in JSON, and gets an
// empty answer before it ends the conversation.
import { MillraceError } from '../../core/errors.ts'
import type { SaslMechanism } from './mechanism.ts'

export interface OauthbearerSettings {
  /** KIP-342: name and value pairs for the broker. */
  readonly extensions: Readonly<Record<string, string>>
  /** Fetched for every authentication, so that a renewed token is used. */
  readonly token: () => Promise<string>
}

const separator = '\x01'

export function oauthbearer({ extensions, token }: OauthbearerSettings): SaslMechanism {
  return {
    name: 'OAUTHBEARER',
    async converse(exchange) {
      const answer = await exchange(firstMessage(await token(), extensions))
      if (answer.length === 0) return
      const reason = readRefusal(answer)
      // RFC 7628 section 3.2.3. The broker ends it with an error of its own, which says less than this one.
      await exchange(Buffer.from(separator)).catch(() => undefined)
      throw new MillraceError('AUTHENTICATION_FAILED', `OAUTHBEARER: the broker refused the token: ${reason}`)
    },
  }
}

function firstMessage(token: string, extensions: Readonly<Record<string, string>>): Buffer {
  if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(token)) {
    throw new MillraceError('AUTHENTICATION_FAILED', 'OAUTHBEARER: the token is empty or not a bearer token (RFC 6750)')
  }
  // Host and port, which RFC 7628 allows here too, would count as extensions for Kafka.
  const pairs = Object.entries(extensions).map(([key, value]) => `${key}=${value}${separator}`)
  return Buffer.from(`n,,${separator}auth=Bearer ${token}${separator}${pairs.join('')}${separator}`)
}

/** RFC 7628 section 3.2.2: status, and perhaps the scope and where to learn more. */
function readRefusal(answer: Buffer): string {
  try {
    const { status, scope } = JSON.parse(answer.toString()) as { status?: unknown; scope?: unknown }
    const wanted = typeof scope === 'string' && scope !== '' ? `, scope ${scope} is wanted` : ''
    return `${typeof status === 'string' ? status : 'no status'}${wanted}`
  } catch {
    return 'for a reason that cannot be read'
  }
}
