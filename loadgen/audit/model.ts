// The audit in a result: what the generator's threads, its machine, the clocks and the brokers went through in the measured
// time. Null stands for what this system does not tell, never for zero. Percentages of time: 100 is all of it; of CPU: 100 is
// one core.
import { z } from 'zod'

const count = z.number().int().nonnegative()
const percent = z.number().nonnegative()

const thread = z.object({
  cpuPercent: percent.describe('CPU that the thread used, user and system; 100 = one core.'),
  runQueuePercent: percent
    .nullable()
    .describe('Time that the thread was ready to run and another had the processor (Linux schedstat).'),
  loopUtilizationPercent: percent.describe('Time that the event loop was not waiting for events.'),
  loopDelay: z
    .object({ count, p50Ms: z.number(), p99Ms: z.number(), maxMs: z.number() })
    .nullable()
    .describe('How late a timer of 20 ms fired: what any event of the thread may have waited.'),
  gc: z
    .object({ count, totalMs: z.number(), maxMs: z.number() })
    .describe('Garbage collections, and how long they held the thread.'),
})

const worker = thread.extend({
  role: z.enum(['produce', 'consume', 'script']),
  worker: count,
  bufferFullPercent: percent
    .optional()
    .describe('Producers: time in which records were due and the buffer (--buffer-bytes) had no room for them.'),
  brokerWaitPercent: percent
    .optional()
    .describe(
      'Producers: time in which batches were ready and could not leave: the limit of requests in flight was reached, or there was no connection.',
    ),
})

const machine = z.object({
  cpus: count.describe('Processors of the machine.'),
  cpusAllowed: count.nullable().describe('Processors that this process may use (affinity).'),
  ownCpuPercent: percent.describe('The whole generator process.'),
  brokerCpuPercent: percent
    .nullable()
    .describe(
      'Broker processes on this machine; 0 when all brokers are elsewhere, null when they cannot be told apart.',
    ),
  brokerInProcess: z
    .boolean()
    .describe('A broker runs inside the generator process: its CPU is part of ownCpuPercent.'),
  othersCpuPercent: percent
    .nullable()
    .describe('Everything else on the machine: neither the generator nor a broker that is on it.'),
  idlePercent: percent.nullable().describe('Idle processors, 100 = one core.'),
  stealPercent: percent.nullable().describe('Time that the hypervisor gave to others, share of the machine.'),
  stealPercentMax: percent.nullable().describe('The same in the worst window.'),
  frequencyMhz: z
    .object({ min: z.number(), mean: z.number(), max: z.number() })
    .nullable()
    .describe('Processor frequency, sampled at every window.'),
  busiest: z
    .array(z.object({ pid: count, name: z.string(), cpuPercent: percent }))
    .nullable()
    .describe('The other processes that used most CPU; what came and went in between is not among them.'),
  throttled: z
    .object({
      periodsPercent: percent.describe('Periods of the quota in which it was used up, of those in which anything ran.'),
      seconds: z.number().nonnegative().describe('How long it was held back, all its processors added up.'),
    })
    .nullable()
    .optional()
    .describe('CPU quota of the control group (container) that the generator runs in; null where there is none.'),
})

const clock = z.object({
  jumps: z
    .array(z.object({ sec: z.number().describe('Since the start of the run.'), ms: z.number() }))
    .describe('Steps of the wall clock against the monotonic one, over the whole run.'),
  driftMs: z.number().describe('Wall clock minus monotonic clock, from the start of the run to its end.'),
})

const brokers = z
  .object({
    connectionsLost: count.describe('Requests and connection attempts that ended with the connection.'),
    leaderChanges: count.describe('New leader epochs of the partitions of the topic (KIP-320).'),
    lost: z.array(z.number().int()).describe('Brokers that were there at the start and not at the end.'),
    known: z.boolean().describe('False when the cluster could not be asked at the end.'),
  })
  .describe('Over the whole run.')

export const auditModel = z.object({
  workers: z.array(worker),
  main: thread.describe('The thread that measures, reports and answers signals.'),
  machine,
  clock,
  brokers,
})

export type Audit = z.infer<typeof auditModel>
export type ThreadAudit = z.infer<typeof thread>
export type WorkerAudit = z.infer<typeof worker>
export type MachineAudit = z.infer<typeof machine>
export type ClockAudit = z.infer<typeof clock>
export type BrokersAudit = z.infer<typeof brokers>
