// Shows that what suites for both brokers skip on the embedded one is what broker/SKIPPED.md says is missing, that nothing is
// missing from that list's form, and that no suite for real Kafka looks away from the embedded broker.
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { leftOut } from '../kafka/brokers/left-out.ts'

const rows = readFileSync('broker/SKIPPED.md', 'utf8')
  .split('\n')
  .filter(line => line.startsWith('|'))
  .map(line => line.split('|').map(cell => cell.trim()))
const missing = rows.map(([, what]) => what)

describe('broker/SKIPPED.md', () => {
  it.each(Object.entries(leftOut))('has %s, which a suite skips, as "%s"', (_, line) => {
    expect(missing.filter(what => what === line)).toEqual([line])
  })

  it('says of everything what a client sees instead', () => {
    const silent = rows.filter(([, what, instead]) => what !== '' && instead === '')
    expect(silent).toEqual([])
  })
})

describe('test/kafka', () => {
  const suites = globSync('test/kafka/*.test.ts').map(file => ({ file, text: readFileSync(file, 'utf8') }))

  /** The harness is about real Kafka; what agents and the doctor say, boards with JMX, and HDR files need what only Java has. */
  const besideKafka = /^test\/kafka\/(harness|hdr-files|agents-\w+|doctor|dashboards)\.test\.ts$/

  it('has no suite of clients that runs against real Kafka alone', () => {
    const alone = suites.filter(({ text }) => /describeKafka|startKafka/.test(text)).map(({ file }) => file)
    expect(alone.filter(file => !besideKafka.test(file))).toEqual([])
    expect(suites.length - alone.length).toBeGreaterThan(13)
  })

  it('skips nothing but what has such a line', () => {
    const own = suites.filter(({ text }) => /broker\.kind|\b(it|describe)\.skip/.test(text)).map(({ file }) => file)
    expect(own).toEqual([])
  })
})
