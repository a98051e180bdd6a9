// For `npm run bench:clients -- produce`: flat out, with the same settings for every client.
import type { Options } from 'k6/options'
import type { MillraceOptions } from 'millrace/script'

const millrace: MillraceOptions = {
  topics: {
    'clients-produce': { partitions: 6, configs: { 'segment.bytes': 134_217_728, 'retention.bytes': 268_435_456 } },
  },
  topic: 'clients-produce',
  recordSize: 100,
  acks: 1,
  batchBytes: '256KiB',
  warmup: '2s',
}

export const options: Options = {
  scenarios: { produce: { executor: 'constant-vus', vus: 5, duration: `${__ENV.SECONDS ?? 6}s` } },
  ext: { millrace },
}
