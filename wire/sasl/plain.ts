// PLAIN (RFC 4616): user name and password in one message, in clear. Only TLS keeps them secret.
import type { SaslMechanism } from './mechanism.ts'

export function plain(username: string, password: string): SaslMechanism {
  return {
    name: 'PLAIN',
    async converse(exchange) {
      // The authorization identity in front stays empty: one acts as oneself.
      await exchange(Buffer.from(`\0${username}\0${password}`))
    },
  }
}
