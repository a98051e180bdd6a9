// The data file of a comparison, from which the page is made: what ran, under which terms, and every single run.
import { z } from 'zod'

export const dataVersion = 1

const machine = z.object({
  cpuModel: z.string(),
  cpus: z.number(),
  memoryBytes: z.number(),
  os: z.string(),
})

const run = z.object({
  contestant: z.string(),
  round: z.number(),
  startedAt: z.string(),
  /** Of the measured time. */
  records: z.number(),
  seconds: z.number(),
  recordsPerSec: z.number(),
  /** User and system time of the whole process, its start included, for each record of its whole life. */
  cpuUsPerRecord: z.number().nullable(),
  /** The same of the measured time only, where the contestant tells. */
  ownCpuUsPerRecord: z.number().nullable(),
  brokerCpuUsPerRecord: z.number().nullable(),
  /** Share of the machine that the hypervisor gave to others, and that other processes here took. */
  stealPercent: z.number().nullable(),
  othersPercent: z.number().nullable(),
  /** Producers: records that the broker holds minus records that were acknowledged, over the whole run. */
  brokerSurplus: z.number().nullable(),
  /** Why the run does not count. */
  void: z.string().nullable(),
  /** Second by second, where the contestant tells. */
  perSecond: z.object({ records: z.array(z.number()), rssBytes: z.array(z.number()) }).nullable(),
})

const contestant = z.object({
  id: z.string(),
  label: z.string(),
  /** The command line, with places and names that change from run to run written as $NAMES. */
  command: z.string(),
  payload: z.string(),
  notes: z.array(z.string()),
  /** How many times its throughput millrace is meant to reach. */
  goal: z.number().nullable(),
  /** Why it did not run. */
  missing: z.string().nullable(),
  failures: z.array(z.object({ round: z.number(), message: z.string() })),
})

const suite = z.object({
  id: z.string(),
  title: z.string(),
  direction: z.enum(['produce', 'consume']),
  terms: z.array(z.string()),
  recordBytes: z.number(),
  startedAt: z.string(),
  commit: z.string(),
  rounds: z.number(),
  seconds: z.number(),
  warmupSeconds: z.number(),
  contestants: z.array(contestant),
  runs: z.array(run),
})

export const dataModel = z.object({
  dataVersion: z.literal(dataVersion),
  date: z.string(),
  machine,
  versions: z.record(z.string(), z.string()),
  broker: z.array(z.string()),
  /** Of load, before the first suite. */
  warmBrokerSeconds: z.number(),
  limits: z.object({ stealPercent: z.number(), othersPercent: z.number(), repeats: z.number() }),
  suites: z.array(suite),
})

export type BenchmarkData = z.infer<typeof dataModel>
export type SuiteData = z.infer<typeof suite>
export type ContestantData = z.infer<typeof contestant>
export type RunData = z.infer<typeof run>
