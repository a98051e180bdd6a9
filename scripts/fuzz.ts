// `npm run fuzz`: the fuzz suites of the embedded broker at length. The unit suites run a short form of the same.
//
//   npm run fuzz -- --frames 1000000 --seed 20260
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { exitCodes } from '../core/errors.ts'

const framesDefault = '1000000'
const seedDefault = '20260'

function main(): number {
  const { values } = parseArgs({
    options: { frames: { type: 'string', default: framesDefault }, seed: { type: 'string', default: seedDefault } },
  })
  const isWhole = (text: string) => /^[1-9]\d{0,9}$/.test(text)
  if (!isWhole(values.frames) || !isWhole(values.seed)) {
    console.error('--frames and --seed must be whole numbers from 1 on')
    return exitCodes.invalidConfig
  }
  const env = { ...process.env, MILLRACE_FUZZ_FRAMES: values.frames, MILLRACE_FUZZ_SEED: values.seed }
  const args = ['run', '--project', 'unit', 'test/broker/fuzz']
  return spawnSync('vitest', args, { stdio: 'inherit', env }).status ?? 1
}

process.exit(main())
