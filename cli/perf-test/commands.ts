// The drop-in commands. They are told to the program for its help; their arguments are read by the rules of Kafka's tools.
import { exitCodes } from '../../core/errors.ts'
import { print } from '../output.ts'
import type { Io } from '../program.ts'
import type { KafkaFlags } from './arguments.ts'
import { consumerFlags, consumerPerfTest } from './consumer.ts'
import { endToEndFlags, endToEndLatency } from './end-to-end.ts'
import { producerFlags, producerPerfTest } from './producer.ts'

interface PerfCommand {
  /** Of Kafka's tool. */
  readonly tool: string
  readonly description: string
  readonly flags: KafkaFlags
  readonly run: (args: readonly string[], io: Io) => Promise<number>
}

export const perfCommands: Readonly<Record<string, PerfCommand>> = {
  'producer-perf-test': {
    tool: 'kafka-producer-perf-test',
    description: "as Kafka's kafka-producer-perf-test: its flags, its output",
    flags: producerFlags,
    run: producerPerfTest,
  },
  'consumer-perf-test': {
    tool: 'kafka-consumer-perf-test',
    description: "as Kafka's kafka-consumer-perf-test: its flags, its output",
    flags: consumerFlags,
    run: consumerPerfTest,
  },
  'end-to-end-latency': {
    tool: 'kafka-e2e-latency',
    description: "as Kafka's kafka-e2e-latency (EndToEndLatency): its flags, its output",
    flags: endToEndFlags,
    run: endToEndLatency,
  },
}

/** Undefined: the arguments are not for one of these commands. */
export async function runPerfCommand([name = '', ...args]: readonly string[], io: Io): Promise<number | undefined> {
  const command = Object.hasOwn(perfCommands, name) ? perfCommands[name] : undefined
  if (command === undefined) return undefined
  if (args.length > 0 && !args.some(word => word === '--help' || word === '-h')) return command.run(args, io)
  await print(io.stdout, helpText(name, command))
  return exitCodes.ok
}

function helpText(name: string, { tool, description, flags }: PerfCommand): string {
  const rows = Object.entries(flags).map(([flag, { placeholder, help, deprecatedFor }]) => {
    const term = placeholder === undefined ? `--${flag}` : `--${flag} <${placeholder}>`
    return { term, text: deprecatedFor === undefined ? help : `${help}; deprecated in 4.2: ${deprecatedFor}` }
  })
  const width = Math.max(...rows.map(({ term }) => term.length)) + 2
  return [
    `Usage: millrace ${name} [flags]`,
    '',
    `${description}. What cannot be honoured is refused by name.`,
    '',
    ...rows.map(({ term, text }) => `  ${term.padEnd(width)}${text}`),
    '',
    `Lines and fields on standard output are those of ${tool}; notices are on standard error. docs/coming-from.md says`,
    'where the numbers differ in meaning. Exit codes: 0; 1 flags or properties refused; else those of millrace bench.',
    '',
  ].join('\n')
}
