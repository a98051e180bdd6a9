// What a SASL mechanism is here: a conversation, written as straight-line code. `exchange` sends one message and gives the
// broker's answer to it; an authentication that the broker refuses rejects there, with the broker's own words.

export interface SaslMechanism {
  readonly name: string
  converse(exchange: (message: Buffer) => Promise<Buffer>): Promise<void>
}
