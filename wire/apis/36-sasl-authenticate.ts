// SaslAuthenticate (key 36): one SASL token each way. KIP-368 (v1) says when the client has to authenticate again.
import { api, bytes, int16, int64, nullable, string } from '../schema.ts'

export const saslAuthenticate = api({
  key: 36,
  name: 'SaslAuthenticate',
  versions: [0, 2],
  flexibleSince: 2,
  request: { authBytes: bytes },
  response: {
    errorCode: int16,
    errorMessage: nullable(string),
    authBytes: bytes,
    sessionLifetimeMs: int64.since(1).default(0), // 0: no end
  },
})
