// Shows how flags, environment, properties file and defaults become a plan, which contradictions are refused, and that
// everything wrong is told at once, each at the place where it was written. Method: whole set-ups against plain data.
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import type { BenchMode, BenchPlan } from '../../../loadgen/plan.ts'
import { benchFlags } from '../../../loadgen/scenario/bench-flags.ts'
import { type FlagKey, flagKeys, flagPath, type GivenFlag } from '../../../loadgen/scenario/bench-options.ts'
import { type BenchInput, setUpBench } from '../../../loadgen/scenario/bench-setup.ts'
import type { Flag } from '../../../loadgen/scenario/flag.ts'

interface Situation {
  readonly mode?: BenchMode
  readonly flags?: Partial<Record<FlagKey, string | readonly string[]>>
  readonly env?: Record<string, string>
  readonly files?: Record<string, string>
  readonly cpus?: number
}

function inputOf({ mode = 'produce', flags = {}, env = {}, files = {}, cpus = 8 }: Situation): BenchInput {
  const given = Object.entries({ bootstrap: 'b:9092', ...flags }).flatMap(([key, texts]): GivenFlag[] =>
    [texts].flat().map(text => ({ key: key as FlagKey, text })),
  )
  const readFile = (path: string) => {
    const text = files[path]
    if (text === undefined) throw new Error(`ENOENT: ${path}`)
    return Buffer.from(text)
  }
  return { mode, flags: given, problems: [], env, cpus, readFile, randomHex: () => 'c0ffee00' }
}

const setUp = (situation: Situation) => setUpBench(inputOf(situation))
const plan = (situation: Situation): BenchPlan => setUp(situation).plan

function problemsOf(situation: Situation): string[] {
  try {
    setUp(situation)
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    expect(error.exitCode).toBe(104)
    return error.problems.map(({ path, message }) => `${path}: ${message}`)
  }
  return []
}

describe('defaults', () => {
  it.each(flagKeys)('%s: its default is accepted by its own parser', key => {
    const flag: Flag = benchFlags[key]
    if (flag.kind === 'value' && flag.fallback !== undefined) expect(flag.parse(flag.fallback)).toHaveProperty('value')
  })

  it('produce: a topic of its own, 5 s of warm-up, 30 s measured, at most 4 workers', () => {
    const { client, ...rest } = plan({})
    expect(client.bootstrap).toEqual([{ host: 'b', port: 9092 }])
    expect(rest).toEqual({
      mode: 'produce',
      topic: {
        name: 'millrace-bench-c0ffee00',
        create: { partitions: 6, replicationFactor: -1, configs: {}, keep: false },
      },
      workers: 4,
      seed: 1,
      warmupMs: 5000,
      durationMs: 30_000,
      produce: {
        size: { kind: 'fixed', bytes: 100 },
        keys: { kind: 'none' },
        payload: { kind: 'random' },
        headers: [],
        stamp: 'value',
        partitioner: { kind: 'sticky' },
        acks: -1,
        idempotent: false,
        compression: 'none',
        batchBytes: 262_144,
        lingerMs: 5,
        inFlightMax: 5,
        bufferBytes: 33_554_432,
        requestBytesMax: 1_048_576,
        deliveryTimeoutMs: 120_000,
      },
    })
  })

  it('consume: to the end of the log, every record decoded, checksums verified', () => {
    const { client: _, ...rest } = plan({ mode: 'consume', flags: { topic: 'orders' } })
    expect(rest).toEqual({
      mode: 'consume',
      topic: { name: 'orders' },
      workers: 4,
      seed: 1,
      warmupMs: 0,
      consume: {
        from: { kind: 'earliest' },
        verifyCrc: true,
        isolation: 'read_uncommitted',
        fetchMinBytes: 1,
        fetchMaxBytes: 52_428_800,
        fetchMaxWaitMs: 500,
        partitionMaxBytes: 1_048_576,
        decode: 'records',
        ignoreStamps: false,
        stopAtEnd: true,
      },
    })
  })

  it('roundtrip: reads what it writes', () => {
    const { produce, consume, durationMs } = plan({ mode: 'roundtrip' })
    expect(produce).toBeDefined()
    expect(consume).toMatchObject({ from: { kind: 'latest' }, stopAtEnd: false, decode: 'records' })
    expect(durationMs).toBe(30_000)
  })

  it.each([
    { why: 'one CPU still has a worker', cpus: 1, flags: {}, workers: 1 },
    { why: 'no more workers than records', cpus: 64, flags: { records: '3' }, workers: 3 },
    { why: 'a given number is taken', cpus: 1, flags: { workers: '7' }, workers: 7 },
  ])('$why', ({ cpus, flags, workers }) => expect(plan({ cpus, flags }).workers).toBe(workers))
})

describe('late records', () => {
  it.each([
    { flags: { rate: '1k/s' }, late: { policy: 'queue', maxMs: 10_000 } },
    { flags: { rate: '1k/s', late: 'drop' }, late: { policy: 'drop', maxMs: 100 } },
    { flags: { rate: '1k/s', late: 'drop', lateMax: '2s' }, late: { policy: 'drop', maxMs: 2_000 } },
    { flags: { duration: '1s' }, late: undefined },
  ] as const)('$flags', ({ flags, late }) => expect(plan({ flags }).produce!.late).toEqual(late))
})

describe('what ends a run', () => {
  it.each([
    { why: 'records end it, without warm-up', flags: { records: '100' }, warmupMs: 0, records: 100 },
    { why: 'a duration', flags: { duration: '1m' }, warmupMs: 5000, durationMs: 60_000 },
    { why: 'both', flags: { duration: '1m', records: '100' }, warmupMs: 0, durationMs: 60_000, records: 100 },
    {
      why: 'a shape with an end, measured from its start',
      flags: { rate: 'ramp:0..1k/s:20s' },
      warmupMs: 0,
      durationMs: 20_000,
    },
    {
      why: 'the rest of a shape, after a given warm-up',
      flags: { rate: 'steps:1k/s..3k/s:1k/s:10s', warmup: '10s' },
      warmupMs: 10_000,
      durationMs: 20_000,
    },
    {
      why: 'a duration before the end of a shape',
      flags: { rate: 'ramp:0..1k/s:20s', duration: '5s' },
      warmupMs: 0,
      durationMs: 5_000,
    },
    { why: 'a shape without an end', flags: { rate: 'sine:1/s..2/s:9s' }, warmupMs: 5_000, durationMs: 30_000 },
    { why: 'a given warm-up stays', flags: { records: '100', warmup: '1s' }, warmupMs: 1000, records: 100 },
  ])('produce: $why', ({ flags, why: _, ...expected }) => {
    const { warmupMs, durationMs, records } = plan({ flags })
    expect({ warmupMs, durationMs, records }).toEqual({ durationMs: undefined, records: undefined, ...expected })
  })

  it.each([
    { why: 'a pause', mode: 'roundtrip', catchUp: 'pause:10s', durationMs: 35_000, afterMs: 5_000 },
    { why: 'a short pause', mode: 'roundtrip', catchUp: 'pause:1s', durationMs: 30_000, afterMs: 5_000 },
    { why: 'a seek', mode: 'consume', catchUp: 'seek:-5m', durationMs: 35_000, afterMs: 5_000 },
  ] as const)('--catch-up: $why', ({ mode, catchUp, durationMs, afterMs }) => {
    const made = plan({ mode, flags: { topic: 't', catchUp } })
    expect(made).toMatchObject({ warmupMs: 5_000, durationMs })
    expect(made.consume).toMatchObject({
      stopAtEnd: false,
      from: { kind: 'latest' },
      catchUp: { asked: catchUp, afterMs },
    })
  })

  it('--catch-up: a given start and duration stay', () => {
    const flags = {
      topic: 't',
      catchUp: 'pause:2s',
      catchUpAfter: '1s',
      duration: '4s',
      from: 'earliest',
      warmup: '0s',
    }
    const { durationMs, warmupMs, consume } = plan({ mode: 'consume', flags })
    expect({ durationMs, warmupMs }).toEqual({ durationMs: 4_000, warmupMs: 0 })
    expect(consume).toMatchObject({ from: { kind: 'earliest' }, catchUp: { pauseMs: 2_000, afterMs: 1_000 } })
  })

  it.each([
    { why: 'a duration', flags: { duration: '10s' }, stopAtEnd: false },
    { why: 'records', flags: { records: '100' }, stopAtEnd: false },
    { why: 'a duration, or the end before it', flags: { duration: '10s', untilEnd: '' }, stopAtEnd: true },
  ])('consume: $why', ({ flags, stopAtEnd }) => {
    expect(plan({ mode: 'consume', flags: { topic: 't', ...flags } }).consume?.stopAtEnd).toBe(stopAtEnd)
  })
})

describe('members of a group', () => {
  it('there are none where nobody asks for them', () => {
    const { consume } = plan({ mode: 'consume', flags: { topic: 't', group: 'g', commitInterval: '1s' } })
    expect(consume).toMatchObject({ group: 'g', commitIntervalMs: 1_000 })
    expect(consume!.members).toBeUndefined()
  })

  it('are as many as workers, and of a group made for the run, unless one is named', () => {
    const { consume } = plan({ mode: 'roundtrip', flags: { groupProtocol: 'consumer', workers: '3' } })
    expect(consume!.group).toMatch(/^millrace-bench-/)
    expect(consume!.members).toMatchObject({ protocol: 'consumer', consumers: 3, isOwnGroup: true })
    expect(consume!.members!.assignor).toBeUndefined()
  })

  it('of a classic group have an assignor, a session and heartbeats that fit into it', () => {
    const flags = {
      topic: 't',
      group: 'g',
      groupProtocol: 'classic',
      consumers: '4',
      sessionTimeout: '6s',
      churn: 'leave:2/30s',
    }
    expect(plan({ mode: 'consume', flags }).consume!.members).toEqual({
      ...{ protocol: 'classic', assignor: 'range', consumers: 4, isOwnGroup: false, commitIntervalMs: 5_000 },
      ...{ rebalanceTimeoutMs: 60_000, sessionTimeoutMs: 6_000, heartbeatIntervalMs: 2_000 },
      churn: { how: 'leave', count: 2, everyMs: 30_000 },
    })
  })
})

describe('topic', () => {
  it.each([
    { why: 'a name alone has to exist', flags: { topic: 't' }, create: undefined },
    {
      why: '--partitions may create it',
      flags: { topic: 't', partitions: '12' },
      create: { partitions: 12, replicationFactor: -1, configs: {}, keep: false },
    },
    {
      why: 'a setting may create it as well',
      flags: { topic: 't', topicConfig: ['a=1', 'b=x=y'], replicationFactor: '3', keepTopic: '' },
      create: { partitions: 6, replicationFactor: 3, configs: { a: '1', b: 'x=y' }, keep: true },
    },
  ])('$why', ({ flags, create }) => expect(plan({ flags }).topic).toEqual({ name: 't', ...(create && { create }) }))
})

describe('precedence', () => {
  const files = {
    'client.properties':
      '# mine\nlinger.ms=50\nacks=1\nfetch.max.wait.ms=100\nbootstrap.servers=file:1\ndelivery.timeout.ms=60000',
  }
  const env = { MILLRACE_LINGER_MS: '20', MILLRACE_COMMAND_CONFIG: 'client.properties' }

  it('a hint of the properties file comes before the default', () => {
    expect(plan({ flags: { commandConfig: 'client.properties' }, files }).produce).toMatchObject({
      lingerMs: 50,
      acks: 1,
      deliveryTimeoutMs: 60_000,
    })
  })

  it('the environment comes before the file, a flag before the environment', () => {
    expect(plan({ env, files }).produce).toMatchObject({ lingerMs: 20, acks: 1 })
    expect(plan({ env, files, flags: { lingerMs: '7' } }).produce).toMatchObject({ lingerMs: 7, acks: 1 })
  })

  it("Kafka's milliseconds without unit are understood in the file", () => {
    const flags = { topic: 't', commandConfig: 'client.properties' }
    expect(plan({ mode: 'consume', flags, files }).consume?.fetchMaxWaitMs).toBe(100)
  })

  it('--property is a client property and a hint as well', () => {
    const { client, produce } = plan({ flags: { property: ['client.id=me', 'linger.ms=9'] } })
    expect(client.clientId).toBe('me')
    expect(produce?.lingerMs).toBe(9)
  })

  const timeouts: (Situation & { why: string; ms: number })[] = [
    {
      why: 'flag',
      env: { MILLRACE_REQUEST_TIMEOUT: '1s' },
      flags: { requestTimeout: '3s', property: 'request.timeout.ms=2000' },
      ms: 3000,
    },
    {
      why: '--property',
      env: { MILLRACE_REQUEST_TIMEOUT: '1s' },
      flags: { property: 'request.timeout.ms=2000' },
      ms: 2000,
    },
    {
      why: 'environment',
      env: { MILLRACE_REQUEST_TIMEOUT: '1s', MILLRACE_PROPERTY: 'request.timeout.ms=4000\n' },
      flags: {},
      ms: 1000,
    },
    {
      why: 'environment list',
      env: { MILLRACE_PROPERTY: 'client.id=x\nrequest.timeout.ms=4000' },
      flags: {},
      ms: 4000,
    },
  ]

  it.each(timeouts)('request timeout: $why wins', ({ env, flags, ms }) => {
    expect(plan({ env, flags }).client.requestTimeoutMs).toBe(ms)
  })

  it('lists: every line of the variable; the command line replaces it', () => {
    const env = { MILLRACE_HEADER: 'a=1\nb=2\n' }
    expect(plan({ env }).produce?.headers).toEqual([
      { name: 'a', value: '1' },
      { name: 'b', value: '2' },
    ])
    expect(plan({ env, flags: { header: ['c=3'] } }).produce?.headers).toEqual([{ name: 'c', value: '3' }])
  })

  it('switches: true or false in the environment', () => {
    expect(plan({ env: { MILLRACE_IDEMPOTENT: 'true' } }).produce?.idempotent).toBe(true)
    expect(plan({ env: { MILLRACE_IDEMPOTENT: 'false' } }).produce?.idempotent).toBe(false)
    expect(problemsOf({ env: { MILLRACE_IDEMPOTENT: 'yes' } })).toEqual([
      'MILLRACE_IDEMPOTENT: "yes" is not true or false',
    ])
  })

  it('a variable of another mode is left alone, an empty one counts as absent', () => {
    expect(problemsOf({ env: { MILLRACE_FROM: 'nowhere', MILLRACE_RATE: '' } })).toEqual([])
  })

  it('the group of a properties file is not used: it is somebody else’s', () => {
    const files = { f: 'group.id=prod' }
    const { plan, notices } = setUp({ mode: 'consume', flags: { topic: 't', commandConfig: 'f' }, files })
    expect(plan.consume).not.toHaveProperty('group')
    expect(notices).toEqual([expect.stringContaining('--group')])
  })
})

describe('partitioner', () => {
  it.each([
    { flags: {}, partitioner: { kind: 'sticky' } },
    { flags: { keys: 'sequential' }, partitioner: { kind: 'murmur2' } },
    { flags: { keys: 'sequential', partitioner: 'roundrobin' }, partitioner: { kind: 'roundrobin' } },
  ])('$flags', ({ flags, partitioner }) => expect(plan({ flags }).produce?.partitioner).toEqual(partitioner))
})

describe('where the stamp goes', () => {
  it.each([
    { why: 'into the value, which is large enough', flags: {}, produce: 'value', roundtrip: 'value' },
    { why: 'values that are too small', flags: { recordSize: '31' }, produce: 'none', roundtrip: 'header' },
    { why: 'some of them', flags: { recordSize: '10..100' }, produce: 'none', roundtrip: 'header' },
    { why: 'text takes more', flags: { payload: 'text', recordSize: '42' }, produce: 'none', roundtrip: 'header' },
    { why: 'documents stay whole', flags: { payload: 'json:{}' }, produce: 'none', roundtrip: 'header' },
    { why: 'as was asked', flags: { stamp: 'header' }, produce: 'header', roundtrip: 'header' },
    { why: 'nowhere, as was asked', flags: { stamp: 'none' }, produce: 'none', roundtrip: 'none' },
  ])('$why', ({ flags, produce, roundtrip }) => {
    expect(plan({ flags }).produce?.stamp).toBe(produce)
    expect(plan({ flags, mode: 'roundtrip' }).produce?.stamp).toBe(roundtrip)
  })
})

describe('clocks of hosts apart', () => {
  it('are asked where each flag says, and answered where one does', () => {
    const flags = { topic: 't', clockPeer: ['10.0.0.1:7071', '[::1]:7072'] }
    const peers = [
      { host: '10.0.0.1', port: 7071 },
      { host: '::1', port: 7072 },
    ]
    expect(plan({ mode: 'consume', flags }).clock).toEqual({ peers })
    expect(plan({ flags: { clockListen: '0.0.0.0:7071' } }).clock).toEqual({
      listen: { host: '0.0.0.0', port: 7071 },
      peers: [],
    })
    expect(plan({}).clock).toBeUndefined()
  })
})

describe('contradictions', () => {
  it.each([
    {
      mode: 'roundtrip',
      flags: { catchUp: 'pause:10s', duration: '15s' },
      problem: '--duration: is too short for --catch-up: --catch-up-after, the pause and a drain need at least 16s',
    },
    {
      mode: 'roundtrip',
      flags: { catchUp: 'pause:10s', rate: 'ramp:0..1k/s:15s' },
      problem: '--rate: is too short for --catch-up',
    },
    {
      mode: 'consume',
      flags: { topic: 't', catchUp: 'seek:earliest', records: '10' },
      problem: '--records: cannot end a run with --catch-up, which needs a --duration: leave one out',
    },
    {
      mode: 'consume',
      flags: { topic: 't', catchUp: 'seek:earliest', untilEnd: '' },
      problem: '--until-end: cannot end a run with --catch-up',
    },
    {
      mode: 'consume',
      flags: { topic: 't', group: 'g', churn: 'leave:5s' },
      problem: '--churn: needs --group-protocol: without it nobody is a member of a group',
    },
    { mode: 'consume', flags: { topic: 't', consumers: '2' }, problem: '--consumers: needs --group-protocol' },
    { mode: 'roundtrip', flags: { group: 'g' }, problem: '--group: needs --group-protocol in a roundtrip' },
    {
      mode: 'roundtrip',
      flags: { groupProtocol: 'consumer', assignor: 'roundrobin' },
      problem: '--assignor: roundrobin is none of --group-protocol consumer: uniform, range',
    },
    {
      mode: 'roundtrip',
      flags: { groupProtocol: 'classic', sessionTimeout: '2s', heartbeatInterval: '2s' },
      problem: '--heartbeat-interval: must be less than --session-timeout, 2000 ms',
    },
    {
      mode: 'consume',
      flags: { topic: 't', groupProtocol: 'classic', from: 'offsets:0=1' },
      problem: '--from: offsets: names partitions',
    },
    {
      mode: 'roundtrip',
      flags: { groupProtocol: 'consumer', consumers: '2', churn: 'kill:2/5s' },
      problem: '--churn: needs more than 2 --consumers: somebody has to stay',
    },
    { mode: 'roundtrip', flags: { catchUpAfter: '1s' }, problem: '--catch-up-after: needs --catch-up' },
    { flags: { lateMax: '5s' }, problem: '--late-max: needs --rate: flat out there is no time to be late for' },
    { flags: { rate: '1k/s', lateMax: '5' }, problem: '--late-max: "5" has no unit' },
    { flags: { idempotent: '', acks: '1' }, problem: '--acks: --idempotent needs --acks all' },
    { flags: { idempotent: '', inFlight: '6' }, problem: '--in-flight: --idempotent needs at most 5' },
    { flags: { payload: 'json:{}', recordSize: '100' }, problem: '--record-size: has no effect with --payload json' },
    {
      flags: { payload: 'json:{}', compressionRatio: '2' },
      problem: '--compression-ratio: shapes only random and text',
    },
    { flags: { partitioner: 'murmur2' }, problem: '--partitioner: murmur2 is by key and needs --keys' },
    { flags: { partitioner: 'manual:0,6' }, problem: '--partitioner: partition 6 is not among the 6' },
    { flags: { recordSize: '256KiB' }, problem: '--batch-bytes: must hold the largest record: 262227 bytes' },
    { flags: { bufferBytes: '300KiB' }, problem: '--buffer-bytes: must hold two batches' },
    {
      flags: { deliveryTimeout: '10s' },
      problem: '--delivery-timeout: must be at least --linger-ms plus --request-timeout, 30005 ms',
    },
    { flags: { records: '3', workers: '4' }, problem: '--records: 3 cannot be shared out to 4 workers' },
    {
      flags: { stamp: 'value', recordSize: '10..100' },
      problem: '--stamp: value needs a --record-size of at least 32',
    },
    {
      mode: 'roundtrip',
      flags: { stamp: 'value', recordSize: '32', payload: 'text' },
      problem: '--stamp: value needs a --record-size of at least 43 bytes: use header or none',
    },
    { flags: { stamp: 'value', payload: 'json:{}' }, problem: '--stamp: value would damage the documents' },
    { mode: 'consume', flags: {}, problem: '--topic: is required to consume' },
    { flags: { clockListen: ':1', stamp: 'none' }, problem: '--clock-listen: ":1" is not host:port' },
    { flags: { clockListen: 'a:1,b:1' }, problem: '--clock-listen: "a:1,b:1" is more than one address' },
    {
      mode: 'consume',
      flags: { topic: 't', books: 'a.json', decode: 'headers' },
      problem: '--books: needs the stamps of records',
    },
    { flags: { clockListen: 'a:1', stamp: 'none' }, problem: '--clock-listen: without stamps' },
    {
      mode: 'consume',
      flags: { topic: 't', clockPeer: 'a:1', noStamps: '' },
      problem: '--clock-peer: needs the stamps of records',
    },
    {
      mode: 'consume',
      flags: { topic: 't', fetchMinBytes: '2KiB', fetchMaxBytes: '1KiB' },
      problem: '--fetch-min-bytes: must not be more',
    },
    {
      mode: 'consume',
      flags: { topic: 't', fetchMaxWait: '30s' },
      problem: '--fetch-max-wait: must be less than --request-timeout',
    },
  ] as const)('$problem', ({ flags, problem, ...rest }) => {
    expect(problemsOf({ flags, ...rest })).toEqual([expect.stringContaining(problem)])
  })

  it.each([
    { why: 'partitions of an existing topic are not known yet', flags: { topic: 't', partitioner: 'manual:99' } },
    { why: 'idempotent with what it needs', flags: { idempotent: '', acks: 'all', inFlight: '5' } },
    { why: 'a record that fills the batch', flags: { recordSize: '262061' } },
  ])('none: $why', ({ flags }) => expect(problemsOf({ flags })).toEqual([]))

  it('is reported where the value was written', () => {
    expect(problemsOf({ env: { MILLRACE_ACKS: '1' }, flags: { idempotent: '' } })).toEqual([
      'MILLRACE_ACKS: --idempotent needs --acks all',
    ])
    const files = { f: 'enable.idempotence=true\nacks=1' }
    expect(problemsOf({ flags: { commandConfig: 'f' }, files })).toEqual(['f:2 acks: --idempotent needs --acks all'])
  })

  it('a value that could not be read takes part in none', () => {
    expect(problemsOf({ flags: { idempotent: '', acks: 'some' } })).toEqual([
      '--acks: "some" is not one of 0, 1 or all',
    ])
  })
})

describe('payload', () => {
  it('a template is read from a file', () => {
    expect(
      plan({ flags: { payload: 'json:@t.json' }, files: { 't.json': '{"id":{{seq}}}\n' } }).produce?.payload,
    ).toEqual({
      kind: 'json',
      template: '{"id":{{seq}}}',
    })
  })

  it.each([
    { why: 'its file is missing', payload: 'json:@none', problem: '--payload: cannot read the file: ENOENT' },
    { why: 'the file to slice is missing', payload: 'file:none', problem: '--payload: cannot read the file: ENOENT' },
    { why: 'the file to slice is empty', payload: 'file:empty', problem: '--payload: empty is empty' },
    { why: 'a placeholder is unknown', payload: 'json:{{nope}}', problem: 'placeholder {{nope}}' },
  ])('$why', ({ payload, problem }) => {
    expect(problemsOf({ flags: { payload }, files: { empty: '' } })).toEqual([expect.stringContaining(problem)])
  })
})

describe('all at once', () => {
  it('flags, environment, client settings and what was found before', () => {
    const input = inputOf({
      flags: { bootstrap: 'nowhere', acks: '2', recordSize: '0', bufferBytes: '1KiB' },
      env: { MILLRACE_RATE: 'fast' },
    })
    let problems: readonly { readonly path: string }[] = []
    try {
      setUpBench({ ...input, problems: [{ path: '--rat', message: 'is not known' }] })
    } catch (error) {
      problems = (error as MillraceError).problems
    }
    expect(problems.map(({ path }) => path)).toEqual([
      '--rat',
      '--bootstrap',
      'MILLRACE_RATE',
      '--record-size',
      '--acks',
      '--buffer-bytes',
    ])
  })

  it('a flag without its value is one of them, and is not complained about twice', () => {
    const input = inputOf({})
    const flags: GivenFlag[] = [...input.flags, { key: 'rate', text: undefined }]
    expect(() => setUpBench({ ...input, flags })).toThrow('--rate: needs a value')
  })

  it('a bootstrap address is required, and the message says where it can be given', () => {
    expect(() => setUpBench({ ...inputOf({}), flags: [] })).toThrow(/--bootstrap: is required.*MILLRACE_BOOTSTRAP/)
  })
})

describe('notices', () => {
  it('mentions what is likely a mistyped variable, and leaves other names alone', () => {
    expect(
      setUp({ env: { MILLRACE_RECORD_SZIE: '1KiB', MILLRACE_KAFKA_HOME: '/x', RECORD_SZIE: '1' } }).notices,
    ).toEqual(['MILLRACE_RECORD_SZIE is not known; did you mean MILLRACE_RECORD_SIZE?'])
  })

  it('mentions client properties without effect', () => {
    expect(setUp({ flags: { property: 'max.poll.records=5' } }).notices).toEqual([
      expect.stringContaining('max.poll.records'),
    ])
  })
})

describe('the table', () => {
  const namesIn = (mode: BenchMode) =>
    flagKeys.filter(key => benchFlags[key].modes.some(other => other === mode)).map(flagPath)
  const everywhere = words`--bootstrap --command-config --property --topic --workers --duration --records --warmup --out
    --quiet --json`
  const producing = words`--partitions --replication-factor --topic-config --keep-topic --record-size --keys --payload
    --compression-ratio --header --partitioner --acks --idempotent --compression --batch-bytes --linger-ms --in-flight
    --buffer-bytes --request-timeout --delivery-timeout --rate --seed`
  const fetching = words`--no-crc-check --isolation --fetch-min-bytes --fetch-max-bytes --fetch-max-wait
    --partition-max-bytes --group --group-protocol --consumers --churn --catch-up`
  const consuming = words`--from --decode --until-end`

  it.each([
    { mode: 'produce', has: [everywhere, producing], lacks: [fetching, consuming] },
    { mode: 'consume', has: [everywhere, fetching, consuming], lacks: [words`--acks --partitions --rate`] },
    { mode: 'roundtrip', has: [everywhere, producing, fetching], lacks: [consuming] },
  ] as const)('$mode has its flags and no others', ({ mode, has, lacks }) => {
    expect(namesIn(mode)).toEqual(expect.arrayContaining(has.flat()))
    expect(namesIn(mode).filter(name => lacks.flat().includes(name))).toEqual([])
  })
})

function words(text: TemplateStringsArray): string[] {
  return text.join('').trim().split(/\s+/)
}
