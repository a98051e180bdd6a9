// For `npm run bench:clients -- consume`: each client reads a topic that was filled before, from its start, for the same time.
import type { Options } from 'k6/options'
import type { MillraceOptions } from 'millrace/script'

const millrace: MillraceOptions = { role: 'consume', topic: __ENV.TOPIC ?? '', from: 'earliest', warmup: '2s' }

export const options: Options = {
  scenarios: {
    consume: { executor: 'constant-vus', vus: 1, duration: `${__ENV.SECONDS ?? 4}s` },
  },
  ext: { millrace },
}
