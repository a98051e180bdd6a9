// Shows that the gate stops what is worse and nothing else: the committed recording of real runs against the bars of docs/gate.md.
// Method: 200 seeded trials of each kind, drawn from the recording (npm run bench:gate).
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Recording, tryOut } from '../../benchmarks/gate/trials.ts'
import { bars } from '../../benchmarks/gate.ts'

const recordings = JSON.parse(
  readFileSync(new URL('../../benchmarks/results/gate-recording.json', import.meta.url), 'utf8'),
) as Record<'quiet' | 'busy', Recording>
const count = 200

describe('the gate, on recorded runs', () => {
  // A bar whose runs have not been recorded yet is skipped, and counted as that.
  const isRecorded = ({ recording }: (typeof bars)[number]) => recordings[recording].blocks.length > 0
  it.skipIf(bars.every(isRecorded)).for(bars.filter(bar => !isRecorded(bar)))('$what: not recorded', (_, { skip }) => {
    skip()
  })

  it.for(bars.filter(isRecorded))('$what: $wanted', ({ recording, trials, holds }) => {
    const tally = tryOut(recordings[recording].blocks, { ...trials, count })
    expect(holds(tally, count), JSON.stringify(tally)).toBe(true)
  })
})
