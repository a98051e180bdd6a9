// Tokens for clients that ask for them by themselves, from the same sources as millrace's own connections.
import { fetchToken } from '../../wire/sasl/oauth-token.ts'
import type { OauthTokenSource } from '../../wire/settings.ts'

const tokenTimeoutMs = 10_000

export const tokenOf = (source: OauthTokenSource): Promise<string> =>
  fetchToken(source, { signal: AbortSignal.timeout(tokenTimeoutMs), nowSec: () => Math.floor(Date.now() / 1000) })
