// For `npm run bench:clients -- consume`: each client reads the same records of a topic that was filled before.
import type { Options } from 'k6/options'
import type { MillraceOptions } from 'millrace/script'

const millrace: MillraceOptions = { role: 'consume', topic: __ENV.TOPIC ?? '', from: 'earliest' }

export const options: Options = {
  scenarios: {
    consume: {
      executor: 'shared-iterations',
      vus: 1,
      iterations: Number(__ENV.RECORDS ?? 3_000_000),
      maxDuration: '5m',
    },
  },
  ext: { millrace },
}
