// Shows how a code that a broker sent becomes an error of ours: which code, whether it is worth another try, what it says.
import { describe, expect, it } from 'vitest'
import { kafkaCode, kafkaError, kafkaErrorKind } from '../../wire/error-codes.ts'

const cases = [
  { name: 'UNKNOWN_TOPIC_OR_PARTITION', code: 'TOPIC_UNKNOWN', retriable: true },
  { name: 'TOPIC_AUTHORIZATION_FAILED', code: 'AUTHORIZATION_FAILED', retriable: false },
  { name: 'CLUSTER_AUTHORIZATION_FAILED', code: 'AUTHORIZATION_FAILED', retriable: false },
  { name: 'MESSAGE_TOO_LARGE', code: 'RECORD_TOO_LARGE', retriable: false },
  { name: 'RECORD_LIST_TOO_LARGE', code: 'RECORD_TOO_LARGE', retriable: false },
  { name: 'SASL_AUTHENTICATION_FAILED', code: 'AUTHENTICATION_FAILED', retriable: false },
  { name: 'UNSUPPORTED_VERSION', code: 'VERSION_UNSUPPORTED', retriable: false },
  { name: 'REQUEST_TIMED_OUT', code: 'REQUEST_TIMEOUT', retriable: true },
  { name: 'NOT_LEADER_OR_FOLLOWER', code: 'REQUEST_REFUSED', retriable: true },
  { name: 'INVALID_CONFIG', code: 'REQUEST_REFUSED', retriable: false },
] as const

describe('kafkaError', () => {
  it.each(cases)('$name becomes $code, retriable $retriable', ({ name, code, retriable }) => {
    const error = kafkaError(kafkaCode[name], 'topic orders')
    expect(error).toMatchObject({ code, retriable, kafkaCode: kafkaCode[name] })
    expect(error.message).toBe(`topic orders: ${name} (${kafkaCode[name]})`)
  })

  it("keeps the broker's own words", () => {
    const error = kafkaError(38, 'create topic t', 'Unable to replicate the partition 3 time(s)')
    expect(error.message).toBe(
      'create topic t: INVALID_REPLICATION_FACTOR (38): Unable to replicate the partition 3 time(s)',
    )
  })

  it('takes a code that is newer than the table as final', () => {
    expect(kafkaErrorKind(9_999)).toEqual({ code: 9_999, name: 'UNKNOWN_CODE_9999', retriable: false, refresh: 'none' })
    expect(kafkaError(9_999, 'fetch')).toMatchObject({ code: 'REQUEST_REFUSED', retriable: false })
  })
})
