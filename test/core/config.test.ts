// Shows that later layers win, that every problem names the place where its value was written, that all are reported at
// once, and that no value is ever shown.
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  ConfigReader,
  envNameOf,
  layered,
  nearestName,
  Setting,
  settingFromFlag,
  settingsFromEnv,
  settingsFromFile,
} from '../../core/config.ts'
import { MillraceError } from '../../core/errors.ts'
import { parseDuration, parseWhole } from '../../core/units.ts'

const file = settingsFromFile('conf/client.properties', [
  { key: 'rate', value: '1', line: 3 },
  { key: 'linger', value: '5', line: 4 },
  { key: 'linger', value: '6', line: 9 },
])
const env = settingsFromEnv({ MILLRACE_RATE: '2', MILLRACE_EMPTY: '', HOME: '/' }, ['rate', 'empty', 'home', 'absent'])
const flags = [settingFromFlag('rate', '--rate', 'x')]

const thrown = (act: () => void): unknown => {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('layers', () => {
  it('are won by the later one', () => {
    const seen = (settings: ReturnType<typeof layered>) => settings.get('rate')?.path
    expect(seen(layered(file))).toBe('conf/client.properties:3 rate')
    expect(seen(layered(file, env))).toBe('MILLRACE_RATE')
    expect(seen(layered(file, env, flags))).toBe('--rate')
  })

  it('take the last of several entries with one key', () => {
    expect(layered(file).get('linger')?.text).toBe('6')
    expect(layered(file).get('linger')?.path).toBe('conf/client.properties:9 linger')
  })

  it('leave out variables that are empty or not of ours', () => {
    expect(env.map(setting => setting.name)).toEqual(['rate'])
  })

  it('rank names of one meaning by where they were written', () => {
    const [fromFile, fromEnv, fromFlag] = [file[0]!, env[0]!, flags[0]!]
    expect(fromFlag.outranks(fromEnv) && fromEnv.outranks(fromFile) && fromFile.outranks(file[1]!)).toBe(true)
    expect(fromFile.outranks(fromEnv)).toBe(false)
  })
})

it('environment names follow the property names', () => {
  expect(envNameOf('sasl.jaas.config')).toBe('MILLRACE_SASL_JAAS_CONFIG')
  expect(envNameOf('max-rate')).toBe('MILLRACE_MAX_RATE')
})

describe('reading', () => {
  it('gives the parsed value, the default, or nothing', () => {
    const reader = new ConfigReader(layered(file))
    expect(reader.read('linger', parseWhole(0))).toBe(6)
    expect(reader.readOr('absent', parseWhole(0), 42)).toBe(42)
    expect(reader.read('absent', parseWhole(0))).toBeUndefined()
    expect(() => reader.throwIfInvalid()).not.toThrow()
  })

  it('reports every problem at once, each at its place', () => {
    const reader = new ConfigReader(layered(file, env, flags))
    reader.read('rate', parseDuration)
    reader.read('linger', parseWhole(10))
    reader.problem('--topic', 'is required')
    const error = thrown(() => reader.throwIfInvalid())
    expect(error).toBeInstanceOf(MillraceError)
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 104 })
    expect((error as MillraceError).message.split('\n')).toEqual([
      '3 settings are not valid:',
      '  --rate: "x" is not a duration: write 500ms, 5s, 1m30s or 2h (units are ms, s, m, h, d)',
      '  conf/client.properties:9 linger: 6 must be at least 10',
      '  --topic: is required',
    ])
  })
})

describe('secrets', () => {
  const secret = new Setting('sasl.password', 'flag', '--sasl-password', 'hunter2')

  it('are read on purpose and shown by nothing else', () => {
    const reader = new ConfigReader(layered([secret]))
    const shown = [secret, layered([secret]), reader].flatMap(each => [
      inspect(each, { depth: 9, showHidden: true }),
      JSON.stringify(each),
      String(each),
    ])
    expect(shown.join()).not.toContain('hunter2')
    expect(secret.text).toBe('hunter2')
  })
})

describe('the nearest name', () => {
  const known = ['sasl.mechanism', 'sasl.jaas.config', 'linger.ms', 'acks']

  it.each([
    { typed: 'sasl.mechanisn', meant: 'sasl.mechanism' },
    { typed: 'sasl.jass.config', meant: 'sasl.jaas.config' },
    { typed: 'lingerms', meant: 'linger.ms' },
    { typed: 'ack', meant: 'acks' },
    { typed: 'SASL.MECHANISM', meant: 'sasl.mechanism' },
    { typed: 'compression', meant: undefined },
    { typed: '', meant: undefined },
  ])('of "$typed" is $meant', ({ typed, meant }) => {
    expect(nearestName(typed, known)).toBe(meant)
  })
})
