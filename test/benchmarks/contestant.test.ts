// Shows that a command line is shown as a reader would repeat it: the same flags, but no place or name of this one run.
import { describe, expect, it } from 'vitest'
import { type Contestant, shownCommand } from '../../benchmarks/contestant.ts'
import { javaProducer } from '../../benchmarks/lineup/kafka-tools.ts'
import { millraceProducer } from '../../benchmarks/lineup/millrace.ts'

const terms = { recordBytes: 100, acks: '1', idempotent: false } as const
const toolCommand = (_: string, args: readonly string[]) => {
  return { command: 'java', args: ['-Xmx512M', '-cp', '/home/someone/.cache/libs/*', 'Tool', ...args] }
}
const task = {
  bootstrap: '127.0.0.1:19092',
  topic: 'peers-7',
  seconds: 10,
  warmupSeconds: 2,
  records: 1_234_567,
  warmupRecords: 200_000,
  dir: '/tmp/millrace-peers-x/run',
}
const shown = (contestant: Contestant) => shownCommand(contestant, contestant.commandLine(task), task)

describe('a shown command', () => {
  it('names places and counts', () => {
    const text = shown(millraceProducer(terms, 1))
    expect(text).toMatch(
      /^millrace bench produce --bootstrap \$BOOTSTRAP --topic \$TOPIC --workers 1 --record-size 100 /,
    )
    expect(text).toMatch(/--warmup 2s --duration 10s --out \$DIR\/result\.json$/)
  })

  it('leaves the class path of Java out, and keeps every setting', () => {
    const text = shown(javaProducer(toolCommand, terms, 'same'))
    expect(text).not.toMatch(/someone|-cp|Tool/)
    expect(text).toContain('--num-records $RECORDS_AND_WARMUP --warmup-records $WARMUP ')
    expect(text).toMatch(/acks=1 enable\.idempotence=false linger\.ms=\d+ batch\.size=\d+ buffer\.memory=\d+$/)
  })
})
