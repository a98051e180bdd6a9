// SaslAuthenticate: one token each way, until the user is known or refused.
import { saslAuthenticate } from '../../wire/apis/36-sasl-authenticate.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import type { ClusterState } from '../cluster.ts'
import { type ConnectionState, handlerOf } from '../handler.ts'
import { admit, conversationOf, makeSaslServer, SaslRefusal } from '../sasl.ts'

const nothing = Buffer.alloc(0)

export const saslAuthenticateHandler = handlerOf(saslAuthenticate, async ({ cluster, connection }, { authBytes }) => {
  const conversation = conversationOf(connection)
  if (conversation === undefined) {
    const errorMessage = 'SaslAuthenticate request received without a SaslHandshake before it'
    return { errorCode: kafkaCode.ILLEGAL_SASL_STATE, errorMessage, authBytes: nothing }
  }
  try {
    const { token, user } = await conversation.step(authBytes)
    if (user === undefined) return { errorCode: kafkaCode.NONE, errorMessage: null, authBytes: token }
    admit(connection, user)
    connection.sasl = undefined
    const sessionLifetimeMs = limitSession(cluster, connection)
    return { errorCode: kafkaCode.NONE, errorMessage: null, authBytes: token, sessionLifetimeMs }
  } catch (error) {
    if (!(error instanceof SaslRefusal)) throw error
    connection.sasl = undefined
    const errorCode = kafkaCode.SASL_AUTHENTICATION_FAILED
    return { errorCode, errorMessage: error.message, authBytes: nothing }
  }
})

/** Ends of sessions, so that each authentication counts from anew. */
const ends = new WeakMap<ConnectionState, () => void>()

/** After its lifetime a connection that was not authenticated again is nobody's, and its next request closes it. */
function limitSession(cluster: ClusterState, connection: ConnectionState): number {
  const { sessionLifetimeMs = 0 } = cluster.part(makeSaslServer) ?? {}
  ends.get(connection)?.()
  if (sessionLifetimeMs === 0) return 0
  const end = () => {
    connection.principal = undefined
  }
  ends.set(connection, cluster.scheduler.after(sessionLifetimeMs, end))
  return sessionLifetimeMs
}
