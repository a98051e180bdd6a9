// A compacted topic takes no record without a key (LogValidator.validateKey of Kafka): compaction could not tell what the record
// replaces. The only check that looks at single records, and made for compacted topics alone.
import { isMillraceError } from '../core/errors.ts'
import { kafkaCode } from '../wire/error-codes.ts'
import { decodeBatches } from '../wire/record-batch/decode.ts'

export interface KeyProblem {
  readonly errorCode: number
  readonly errorMessage: string
}

/** `batch` is one whole batch whose checksum holds. */
export function keyProblemOf(batch: Buffer, partitionName: string): KeyProblem | undefined {
  try {
    const [decoded] = decodeBatches(batch, { verifyCrc: false })
    if (decoded!.records.every(({ key }) => key !== null)) return undefined
  } catch (error) {
    if (!isMillraceError(error)) throw error
    return { errorCode: kafkaCode.CORRUPT_MESSAGE, errorMessage: error.message }
  }
  const errorMessage = `Compacted topic cannot accept message without key in topic partition ${partitionName}.`
  return { errorCode: kafkaCode.INVALID_RECORD, errorMessage }
}
