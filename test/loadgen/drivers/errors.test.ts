// Shows that what clients throw becomes an error with a code that says what happened, whatever it is wrapped in.
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import { driverError } from '../../../loadgen/drivers/errors.ts'

const wrapped = (fields: object, message = 'inner') => Object.assign(new Error(message), fields)
const told = (error: unknown) => driverError('kafkajs', error, "topic 'orders'")

describe('errors of clients', () => {
  it.each([
    {
      client: 'kafkajs',
      error: wrapped(
        { name: 'KafkaJSNonRetriableError', cause: wrapped({ type: 'MESSAGE_TOO_LARGE', code: 10 }) },
        'x',
      ),
      code: 'RECORD_TOO_LARGE',
      text: 'MESSAGE_TOO_LARGE (10)',
    },
    {
      client: '@platformatic/kafka',
      error: new AggregateError([wrapped({ apiId: 'TOPIC_AUTHORIZATION_FAILED', apiCode: 29 })], 'Producing failed.'),
      code: 'AUTHORIZATION_FAILED',
      text: 'TOPIC_AUTHORIZATION_FAILED (29)',
    },
    {
      client: 'librdkafka',
      error: wrapped({ code: 3 }),
      code: 'TOPIC_UNKNOWN',
      text: 'UNKNOWN_TOPIC_OR_PARTITION (3)',
    },
    {
      client: 'librdkafka, its own',
      error: wrapped({ code: -192 }, 'timed out'),
      code: 'CLIENT_FAILED',
      text: 'timed out',
    },
    {
      client: 'kafkajs',
      error: wrapped({ name: 'KafkaJSSASLAuthenticationError' }),
      code: 'AUTHENTICATION_FAILED',
      text: 'inner',
    },
    { client: 'a text', error: 'nothing works', code: 'CLIENT_FAILED', text: 'nothing works' },
  ])('$client: $code', ({ error, code, text }) => {
    const { code: found, message, retriable } = told(error)
    expect({ found, retriable }).toEqual({ found: code, retriable: false })
    expect(message).toContain(text)
    expect(message).toContain("topic 'orders'")
  })

  it("millrace's own stay what they are", () => {
    const own = new MillraceError('CONFIG_INVALID', 'no')
    expect(told(own)).toBe(own)
  })

  it('an error that is its own cause ends somewhere', () => {
    const loop = wrapped({}) as Error & { cause?: unknown }
    loop.cause = loop
    expect(told(loop).code).toBe('CLIENT_FAILED')
  })
})
