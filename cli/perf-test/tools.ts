// Which drop-in commands there are: for the help of the program, without what they need to run.
interface PerfTool {
  /** Of Kafka. */
  readonly tool: string
  readonly description: string
}

export const perfTools = {
  'producer-perf-test': {
    tool: 'kafka-producer-perf-test',
    description: "as Kafka's kafka-producer-perf-test: its flags, its output",
  },
  'consumer-perf-test': {
    tool: 'kafka-consumer-perf-test',
    description: "as Kafka's kafka-consumer-perf-test: its flags, its output",
  },
  'end-to-end-latency': {
    tool: 'kafka-e2e-latency',
    description: "as Kafka's kafka-e2e-latency (EndToEndLatency): its flags, its output",
  },
} as const satisfies Record<string, PerfTool>

export type PerfToolName = keyof typeof perfTools

export const isPerfTool = (name: string): name is PerfToolName => Object.hasOwn(perfTools, name)
