// `npm run churn`: consumer groups of 50 members over 100 partitions of 10,000 records, which join, leave, are killed, restart
// and stall all the while, against the embedded broker. The unit suites run a short form of the same.
//
//   npm run churn -- --seed 7
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { exitCodes } from '../core/errors.ts'

function main(): number {
  const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' } } })
  if (!/^[1-9]\d{0,8}$/.test(values.seed)) {
    console.error('--seed must be a whole number from 1 on')
    return exitCodes.invalidConfig
  }
  const env = { ...process.env, MILLRACE_CHURN: 'long', MILLRACE_CHURN_SEED: values.seed }
  const args = ['run', '--project', 'unit', 'test/broker/group-churn.test.ts']
  return spawnSync('vitest', args, { stdio: 'inherit', env }).status ?? 1
}

process.exit(main())
