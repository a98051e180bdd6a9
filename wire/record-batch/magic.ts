// Batches of another magic than 2: older message sets are told apart from damage.
import { MillraceError } from '../../core/errors.ts'

export function unknownMagic(magic: number, offset: number): MillraceError {
  if (magic !== 0 && magic !== 1) {
    return new MillraceError('BATCH_CORRUPT', `the batch at offset ${offset} has magic ${magic}, where 2 is known`)
  }
  return new MillraceError('VERSION_UNSUPPORTED', `offset ${offset} holds a message set of magic ${magic}`, {
    hint: 'It was written in the format from before Kafka 0.11, which millrace does not read (Kafka 4 neither): read from a later offset, or copy the topic with a client that knows it.',
  })
}
