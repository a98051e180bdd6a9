// The flags of `millrace compare-clients` that are about the comparison itself, and what they ask for.
import { type Command, Option } from 'commander'
import { type ConfigProblem, isMillraceError } from '../core/errors.ts'
import { parseWhole } from '../core/units.ts'
import { driverVersion } from '../loadgen/drivers/load.ts'
import { type ClientName, clientNames } from '../loadgen/plan.ts'

export interface OwnFlags {
  clients?: string
  rounds?: string
  chart?: string
  html?: string
}

export function addOwnFlags(command: Command): OwnFlags {
  const own: OwnFlags = {}
  const add = (name: keyof OwnFlags, placeholder: string, help: string) => {
    command.addOption(new Option(`--${name} [${placeholder}]`, help).helpGroup('Comparison:'))
    command.on(`option:${name}`, (text: string | null) => {
      own[name] = text ?? ''
    })
  }
  add(
    'clients',
    'name,...',
    'which, the first is what others are measured against (default: all that are installed, wire first)',
  )
  add('rounds', 'count', 'runs of each client (default: as many as balance the order)')
  add('chart', 'file.svg', 'write the chart there')
  add('html', 'file.html', 'write tables, charts and data there, as one page')
  return own
}

export interface Own {
  readonly clients: readonly ClientName[]
  readonly skipped: readonly { readonly client: ClientName; readonly reason: string }[]
  readonly rounds: number | undefined
  readonly problems: readonly ConfigProblem[]
}

export function readOwn({ clients: text, rounds: roundsText, chart, html }: OwnFlags): Own {
  const problems: ConfigProblem[] = []
  const rounds = roundsText === undefined ? undefined : parseWhole(1, 1000)(roundsText)
  if (rounds !== undefined && 'problem' in rounds) problems.push({ path: '--rounds', message: rounds.problem })
  for (const [path, value] of Object.entries({ '--chart': chart, '--html': html })) {
    if (value === '') problems.push({ path, message: 'needs a value' })
  }
  const named = text?.split(',').map(name => name.trim())
  const unknown = (named ?? []).filter(name => !(clientNames as readonly string[]).includes(name))
  for (const name of unknown) {
    problems.push({ path: '--clients', message: `"${name}" is not one of ${clientNames.join(', ')}` })
  }
  if (named !== undefined && new Set(named).size < Math.max(2, named.length)) {
    problems.push({ path: '--clients', message: 'needs two different clients at least, each once' })
  }
  const skipped = named === undefined ? clientNames.flatMap(missing) : []
  const clients =
    named === undefined
      ? clientNames.filter(name => !skipped.some(({ client }) => client === name))
      : (named as ClientName[]).filter(name => !unknown.includes(name))
  for (const { client, reason } of named === undefined ? [] : clients.flatMap(missing)) {
    problems.push({ path: '--clients', message: `${client}: ${reason}` })
  }
  const value = rounds !== undefined && 'value' in rounds ? rounds.value : undefined
  return { clients, skipped, rounds: value, problems }
}

function missing(client: ClientName): { readonly client: ClientName; readonly reason: string }[] {
  if (client === 'wire') return []
  try {
    driverVersion(client)
    return []
  } catch (error) {
    if (!isMillraceError(error)) throw error
    return [{ client, reason: error.message }]
  }
}
