// The flags of `millrace agent`: how to reach a cluster, and every setting of the agent, from its own table.
import { agentSettings } from '../agents/index.ts'
import { clientFlags } from './client-flags.ts'
import { type FlagTable, flag, parseText } from './flag-table.ts'

const connection = 'Connection:'

const own = {
  config: flag(
    'Configuration:',
    'file',
    'settings in YAML, of one cluster or more: docs/agent.reference.yaml',
    parseText,
  ),
  diff: flag(
    'Configuration:',
    'url',
    'look once, list where the metrics page of another exporter says something else, and end',
    parseText,
  ),
  'cluster-name': flag(connection, 'name', 'the label cluster (default: the first bootstrap address)', parseText),
}

/** Their texts are read where the file and the environment are read too. */
const fromTable = agentSettings.map(({ flag: name, heading, placeholder, help, fallback, isList = false }) => {
  const byDefault = fallback === undefined ? '' : ` (default: ${fallback})`
  const repeated = isList ? '; may be repeated' : ''
  return [name, flag(heading, placeholder, `${help}${repeated}${byDefault}`, text => ({ value: text }), true)] as const
})

export const agentFlags: FlagTable = {
  config: own.config,
  diff: own.diff,
  ...clientFlags,
  'cluster-name': own['cluster-name'],
  ...Object.fromEntries(fromTable),
}
