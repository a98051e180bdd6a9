// Shows how the sides of a gate are written, and what is told about slips.
import { describe, expect, it } from 'vitest'
import { splitWords } from '../../../cli/gate/side.ts'
import { aboutSide, labelOfSide, readSide } from '../../../cli/gate/side-spec.ts'

const flags = ['bootstrap', 'client', 'linger-ms', 'property', 'out']
const read = (...words: string[]) => readSide('--base', words, flags)
const messages = (...words: string[]) => read(...words).problems.map(({ message }) => message)

describe('a side', () => {
  it('is keys of its own, variables, and flags of millrace run', () => {
    const { spec, problems } = read('rev=main', 'prepare=npm ci', 'env.MODE=fast', 'client=kafkajs', '--linger-ms=5')
    expect(problems).toEqual([])
    expect(spec).toEqual({
      own: { rev: 'main', prepare: 'npm ci' },
      env: { MODE: 'fast' },
      flags: [
        ['client', 'kafkajs'],
        ['linger-ms', '5'],
      ],
    })
  })

  it('may be an address or the embedded broker alone', () => {
    expect(read('a:9092,b:9092').spec.flags).toEqual([['bootstrap', 'a:9092,b:9092']])
    expect(read('embedded --fault delay:by=5ms').spec.own.broker).toBe('embedded --fault delay:by=5ms')
  })

  it('has its slips told, all at once', () => {
    expect(messages('clint=kafkajs', 'out=x.json', 'rev')).toEqual([
      '"clint" is not known; did you mean client?',
      'out is set by the gate itself',
      '"rev" is not KEY=VALUE',
    ])
    expect(messages('start=./kafka')).toEqual(['start=... needs bootstrap=host:port'])
    expect(messages('down=x', 'prepare=y')).toHaveLength(2)
    expect(messages('embedded', 'a:9092')[0]).toContain('brings its own bootstrap')
    expect(messages('broker=redpanda')[0]).toContain('there is embedded only')
  })

  it('is called by what is different about it, and keeps its secrets', () => {
    const { spec } = read('rev=main', 'property=sasl.jaas.config=secret', 'env.TOKEN=abc')
    expect(labelOfSide(read('rev=main', 'client=wire').spec, 'base')).toBe('main client=wire')
    expect(labelOfSide(read('label=old', 'client=wire').spec, 'base')).toBe('old')
    expect(labelOfSide(spec, 'base')).not.toContain('secret')
    expect(aboutSide(spec)).toEqual({ rev: 'main', property: '***', 'env.TOKEN': 'set' })
  })

  it('has flags of its broker split as a shell would', () => {
    expect(splitWords(`embedded --fault 'delay:by=5ms' --config "a=b c"`)).toEqual([
      'embedded',
      '--fault',
      'delay:by=5ms',
      '--config',
      'a=b c',
    ])
  })
})
