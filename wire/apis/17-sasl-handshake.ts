// SaslHandshake (key 17): chooses the mechanism. After v0 the tokens follow bare, after v1 inside SaslAuthenticate.
import { api, array, int16, string } from '../schema.ts'

export const saslHandshake = api({
  key: 17,
  name: 'SaslHandshake',
  versions: [0, 1],
  request: { mechanism: string },
  response: {
    errorCode: int16,
    mechanisms: array(string), // what this listener offers, also when it refuses
  },
})
