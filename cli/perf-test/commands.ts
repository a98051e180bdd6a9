// The drop-in commands. Their arguments are read by the rules of Kafka's tools.
import { exitCodes } from '../../core/errors.ts'
import { print } from '../output.ts'
import type { Io } from '../program.ts'
import type { KafkaFlags } from './arguments.ts'
import { consumerFlags, consumerPerfTest } from './consumer.ts'
import { endToEndFlags, endToEndLatency } from './end-to-end.ts'
import { producerFlags, producerPerfTest } from './producer.ts'
import { type PerfToolName, perfTools } from './tools.ts'

interface PerfCommand {
  readonly flags: KafkaFlags
  readonly run: (args: readonly string[], io: Io) => Promise<number>
}

const perfCommands: Readonly<Record<PerfToolName, PerfCommand>> = {
  'producer-perf-test': {
    flags: producerFlags,
    run: producerPerfTest,
  },
  'consumer-perf-test': {
    flags: consumerFlags,
    run: consumerPerfTest,
  },
  'end-to-end-latency': {
    flags: endToEndFlags,
    run: endToEndLatency,
  },
}

export async function runPerfCommand(name: PerfToolName, args: readonly string[], io: Io): Promise<number> {
  const command = perfCommands[name]
  if (args.length > 0 && !args.some(word => word === '--help' || word === '-h')) return command.run(args, io)
  await print(io.stdout, helpText(name, command))
  return exitCodes.ok
}

function helpText(name: PerfToolName, { flags }: PerfCommand): string {
  const { tool, description } = perfTools[name]
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
