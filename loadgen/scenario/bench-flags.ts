// Every flag of `millrace bench`, once: command line, environment (MILLRACE_RECORD_SIZE), checks, help and defaults all
// come from this table. A default is written as a user would write it.
import { clockFlags } from './flags/clocks.ts'
import { connectionFlags } from './flags/connection.ts'
import { consumerFlags } from './flags/consumer.ts'
import { groupFlags } from './flags/group.ts'
import { loadFlags } from './flags/load.ts'
import { outputFlags } from './flags/output.ts'
import { processingFlags } from './flags/processing.ts'
import { producerFlags } from './flags/producer.ts'
import { recordsFlags } from './flags/records.ts'
import { transactionFlags } from './flags/transactions.ts'

export const benchFlags = {
  ...connectionFlags,
  ...loadFlags,
  ...recordsFlags,
  ...producerFlags,
  ...transactionFlags,
  ...consumerFlags,
  ...groupFlags,
  ...processingFlags,
  ...clockFlags,
  ...outputFlags,
} as const
