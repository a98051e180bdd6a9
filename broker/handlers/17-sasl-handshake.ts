// SaslHandshake: begins an authentication, the first of a connection or a further one (KIP-368). After version 0 the tokens
// come bare, as frames without a header; after version 1 inside SaslAuthenticate (KIP-152).
import { saslHandshake } from '../../wire/apis/17-sasl-handshake.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { type ConnectionState, handlerOf } from '../handler.ts'
import { admit, makeSaslServer, type SaslConversation } from '../sasl.ts'

export const saslHandshakeHandler = handlerOf(saslHandshake, ({ cluster, connection, version }, { mechanism }) => {
  const server = connection.listener === 'plain' ? undefined : cluster.part(makeSaslServer)
  if (server === undefined) return { errorCode: kafkaCode.ILLEGAL_SASL_STATE, mechanisms: [] }
  const mechanisms = [...server.mechanisms]
  const conversation = server.begin(mechanism)
  if (conversation === undefined) return { errorCode: kafkaCode.UNSUPPORTED_SASL_MECHANISM, mechanisms }
  if (version === 0) takeBareTokens(connection, conversation)
  else connection.sasl = conversation
  return { errorCode: kafkaCode.NONE, mechanisms }
})

function takeBareTokens(connection: ConnectionState, conversation: SaslConversation): void {
  connection.bareToken = async token => {
    const { token: answer, user } = await conversation.step(token)
    if (user !== undefined) {
      admit(connection, user)
      connection.bareToken = undefined
    }
    return answer
  }
}
