// What a bench run does and for how long.
import { parseDuration, parseOneOf, parseWhole } from '../../../core/units.ts'
import { clientNames } from '../../plan.ts'
import { optional, withDefault } from '../flag.ts'
import { bounded, parseSpeed } from '../parsers.ts'
import { parseRatePlan } from '../rate-language.ts'
import { all, dayMs, producing, timer } from './shared.ts'

const load = { group: 'Load:', modes: all }
const positiveDuration = bounded(parseDuration, 1, 365 * dayMs, 'between 1ms and 365d')

export const loadFlags = {
  client: withDefault('wire', {
    ...load,
    placeholder: 'name',
    help: "the client under test: wire (millrace's own), kafkajs, platformatic (@platformatic/kafka) or confluent (@confluentinc/kafka-javascript); the last two are installed beside millrace",
    parse: parseOneOf(clientNames),
  }),
  workers: optional({
    ...load,
    placeholder: 'count',
    help: 'worker threads (in roundtrip: of each side)',
    parse: parseWhole(1, 1024),
    fallbackText: 'one for each CPU, at most 4',
  }),
  rate: optional({
    ...load,
    modes: producing,
    placeholder: 'rate',
    help: 'total of all workers, in records (50k/s) or bytes (100MB/s); or a shape: ramp:0..200k/s:30s, stages:0..50k/s:30s,50k/s:2m, steps:50k/s..200k/s:50k/s:1m, burst:10k/s..200k/s:1s/30s, sine:50k/s..150k/s:1m; poisson: before either makes arrivals random',
    parse: parseRatePlan,
    fallbackText: 'flat out',
  }),
  replaySpeed: optional({
    ...load,
    modes: producing,
    placeholder: 'factor',
    help: 'keep the gaps of the profile of --payload replay: 1x as captured, 10x ten times as fast; in place of --rate, and one round of the profile unless --duration or --records say more',
    parse: parseSpeed,
    fallbackText: 'the gaps are those of --rate',
  }),
  late: withDefault('queue', {
    ...load,
    modes: producing,
    placeholder: 'policy',
    help: 'of records that cannot be made at their time (--rate, --replay-speed): queue (made late; later than --late-max fails the run) or drop (not sent; counted)',
    parse: parseOneOf(['queue', 'drop']),
  }),
  lateMax: optional({
    ...load,
    modes: producing,
    placeholder: 'time',
    help: 'a record this late is dropped',
    parse: timer,
    fallbackText: '10s with queue, 100ms with drop',
  }),
  duration: optional({
    ...load,
    placeholder: 'time',
    help: 'measured time, after the warm-up',
    parse: positiveDuration,
    fallbackText: '30s where nothing else ends the run',
  }),
  records: optional({
    ...load,
    placeholder: 'count',
    help: 'records in total, warm-up included; ends the run if --duration does not do so before',
    parse: parseWhole(1),
  }),
  warmup: optional({
    ...load,
    placeholder: 'time',
    help: 'time at the start that is not measured',
    parse: bounded(parseDuration, 0, dayMs, 'at most 1d'),
    fallbackText: '5s when producing, 0s with --records',
  }),
  repeat: withDefault('1', {
    ...load,
    placeholder: 'count',
    help: 'run so many times, and summarise: medians, spread, confidence intervals',
    parse: parseWhole(1, 1000),
  }),
  seed: withDefault('1', {
    ...load,
    modes: all,
    placeholder: 'number',
    help: 'of sizes, keys, payload, and what is drawn of transactions and errors: the same seed, the same records',
    parse: parseWhole(0, 2 ** 32 - 1),
  }),
} as const
