// Shows which of several places decides an option, what the shortcuts stand for, and that what is not supported is refused by
// name.
import { describe, expect, it } from 'vitest'
import { type ConsolidatedInput, consolidate, type Json, scriptPath } from '../../../loadgen/scenario/k6-options.ts'

const options = (input: Partial<ConsolidatedInput>) => consolidate({ script: {}, env: {}, flags: {}, ...input })
const scenariosOf = (input: Partial<ConsolidatedInput>) => options(input).document.scenarios as Record<string, Json>

const named = { scenarios: { mine: { executor: 'constant-vus', duration: '1s' } } }

describe('shortcuts', () => {
  it.each([
    [{}, { executor: 'per-vu-iterations' }],
    [{ vus: 7 }, { executor: 'shared-iterations', vus: 7, iterations: 7 }],
    [{ iterations: 5 }, { executor: 'shared-iterations', iterations: 5 }],
    [
      { iterations: 5, vus: 2, duration: '1m' },
      { executor: 'shared-iterations', vus: 2, iterations: 5, maxDuration: '1m' },
    ],
    [
      { duration: '10s', vus: 3 },
      { executor: 'constant-vus', vus: 3, duration: '10s' },
    ],
    [
      { stages: [{ duration: '1s', target: 4 }], vus: 2 },
      { executor: 'ramping-vus', startVUs: 2, stages: [{ duration: '1s', target: 4 }] },
    ],
  ])('%j', (script, scenario) => {
    expect(scenariosOf({ script })).toEqual({ default: scenario })
  })

  it.each([
    [{ duration: '1s', stages: [] }],
    [{ iterations: 1, stages: [] }],
    [{ duration: '1s', ...named }],
    [{ iterations: 1, duration: '1s', ...named }],
  ])('of one place do not stand side by side: %j', script => {
    const [problem] = options({ script }).problems
    expect(problem!.message).toContain('cannot stand beside')
  })
})

describe('places', () => {
  it('flags come before variables, these before the script, this before a config file', () => {
    const config = { vus: 1, setupTimeout: '1s', teardownTimeout: '1s', noSetup: true }
    const script = { vus: 2, setupTimeout: '2s', teardownTimeout: '2s' }
    const { document } = options({ config, script, env: { K6_VUS: '3', K6_SETUP_TIMEOUT: '3s' }, flags: { vus: 4 } })
    expect(document).toMatchObject({ setupTimeout: '3s', teardownTimeout: '2s', noSetup: true })
    expect(document.scenarios).toEqual({ default: { executor: 'shared-iterations', vus: 4, iterations: 4 } })
  })

  it('execution that is said in one place replaces all of it that was said before', () => {
    const { document, notices, problems } = options({ script: named, flags: { duration: '5s' } })
    expect(document.scenarios).toEqual({ default: { executor: 'constant-vus', duration: '5s' } })
    expect(notices).toEqual(['scenarios of a lower place give way to duration of the command line'])
    expect(problems).toEqual([])
  })

  it('VUs of a later place are those of an earlier duration', () => {
    expect(scenariosOf({ script: { duration: '5s' }, flags: { vus: 9 } }).default).toMatchObject({ vus: 9 })
  })

  it('VUs beside scenarios are told to have no effect', () => {
    expect(options({ script: named, flags: { vus: 9 } }).notices).toEqual([
      'vus has no effect: each scenario says its own',
    ])
  })

  it('tags are replaced as a whole', () => {
    expect(options({ script: { tags: { a: '1', b: '2' } }, flags: { tags: { a: '3' } } }).document.tags).toEqual({
      a: '3',
    })
  })

  it('stages can be a variable', () => {
    expect(scenariosOf({ env: { K6_STAGES: '5s:10,5m:0' } }).default!.stages).toEqual([
      { duration: '5s', target: 10 },
      { duration: '5m', target: 0 },
    ])
  })

  it('variables that cannot be read, or are not supported, are problems; unknown ones are told', () => {
    const { problems, notices } = options({
      env: { K6_VUS: 'x', K6_STAGES: '5', K6_RPS: '5', K6_DURATON: '1s', K6_QUIET: '1' },
    })
    expect(problems.map(({ path }) => path)).toEqual(['K6_VUS', 'K6_STAGES', 'K6_RPS'])
    expect(notices).toEqual(['K6_DURATON is not known; did you mean K6_DURATION?'])
  })
})

describe('what is refused', () => {
  it.each(['rps', 'hosts', 'userAgent', 'insecureSkipTLSVerify', 'dns', 'cloud', 'paused', 'vusMax'])('%s', key => {
    const { problems } = options({ script: { [key]: {} } })
    expect(problems).toEqual([{ path: `options.${key}`, message: expect.any(String) }])
  })

  it('what k6 does not know either, and settings of others', () => {
    const { problems } = options({ script: { vuss: 3, ext: { loadimpact: {} } } })
    expect(problems).toEqual([
      { path: 'options.vuss', message: 'is not an option of k6' },
      { path: 'options.ext.loadimpact', message: 'is not supported: only ext.millrace is known here' },
    ])
  })
})

describe('settings of millrace', () => {
  it('stand in ext.millrace, and for one scenario under its name', () => {
    const millrace = { topic: 't', topics: { t: {} }, scenarios: { mine: { acks: 1 } } }
    const { document, problems } = options({ script: { ...named, ext: { millrace } } })
    expect(problems).toEqual([])
    expect(document).toEqual({
      kafka: { topic: 't' },
      topics: { t: {} },
      scenarios: { mine: { ...named.scenarios.mine, kafka: { acks: 1 } } },
    })
  })

  it('for a scenario that is not there are a problem', () => {
    const { problems } = options({ script: { ...named, ext: { millrace: { scenarios: { other: {} } } } } })
    expect(problems[0]!.path).toBe('options.ext.millrace.scenarios.other')
  })

  it.each([
    ['kafka', 'options.ext.millrace'],
    ['kafka.acks', 'options.ext.millrace.acks'],
    ['scenarios.mine.kafka.acks', 'options.ext.millrace.scenarios.mine.acks'],
    ['scenarios.mine.rate', 'options.scenarios.mine.rate'],
    ['topics.t.partitions', 'options.ext.millrace.topics.t.partitions'],
    ['thresholds.x[0]', 'options.thresholds.x[0]'],
  ])('%s stands at %s', (path, written) => {
    expect(scriptPath(path)).toBe(written)
  })
})
