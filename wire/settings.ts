// Everything a connection needs to know, as plain data: it is checked once at the edge, frozen, and posted to workers.

export interface HostPort {
  readonly host: string
  readonly port: number
}

export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'

export interface TlsSettings {
  /** Trusted CA certificates; the system's when absent. */
  readonly caPem?: string
  /** Client certificate chain and key, for mTLS. */
  readonly certificatePem?: string
  readonly keyPem?: string
  readonly keyPassphrase?: string
  /** False when ssl.endpoint.identification.algorithm is set to the empty string. */
  readonly verifyHostname: boolean
}

export type SaslSettings =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
      readonly username: string
      readonly password: string
    }
  | {
      readonly mechanism: 'OAUTHBEARER'
      readonly token: OauthTokenSource
      readonly extensions?: Readonly<Record<string, string>>
    }

/** Where an OAUTHBEARER token comes from; read anew at every (re-)authentication. */
export type OauthTokenSource =
  | { readonly kind: 'static'; readonly token: string }
  | { readonly kind: 'file'; readonly path: string }
  /** OAuth 2.0 client credentials grant. */
  | {
      readonly kind: 'endpoint'
      readonly url: string
      readonly clientId: string
      readonly clientSecret: string
      readonly scope?: string
      readonly caPem?: string
    }
  /** Unsigned JWT (RFC 7515 appendix A.5) as Kafka's own test login module makes them; for test brokers only. */
  | { readonly kind: 'unsecured'; readonly subject: string; readonly lifetimeSeconds: number }

export interface ClientSettings {
  readonly bootstrap: readonly HostPort[]
  readonly clientId: string
  readonly securityProtocol: SecurityProtocol
  readonly tls?: TlsSettings
  readonly sasl?: SaslSettings
  /** One attempt to open a connection, TLS and SASL included. */
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly reconnectBackoffMs: number
  readonly reconnectBackoffMaxMs: number
  readonly retryBackoffMs: number
  readonly metadataMaxAgeMs: number
}

export const clientDefaults = {
  clientId: 'millrace',
  securityProtocol: 'PLAINTEXT',
  connectTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  reconnectBackoffMs: 50,
  reconnectBackoffMaxMs: 1_000,
  retryBackoffMs: 100,
  metadataMaxAgeMs: 300_000,
} as const satisfies Omit<ClientSettings, 'bootstrap'>
