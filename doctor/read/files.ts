// Files of settings: server.properties of brokers, and the properties that applications give to their clients.
import { type ConfigProblem, configError } from '../../core/errors.ts'
import { type PropertyEntry, parseProperties } from '../../core/properties.ts'
import type { ClientFile, ClientRole } from '../facts.ts'
import { brokerDefaults, fileSettings, type Settings } from '../settings.ts'

export interface FileNames {
  readonly servers: readonly string[]
  readonly clients: readonly { readonly path: string; readonly role?: ClientRole }[]
}

/** What only one of the two has. A file with both is looked at as both. */
const rolesByName: Readonly<Record<ClientRole, readonly string[]>> = {
  producer: [
    ...[
      'acks',
      'request.required.acks',
      'linger.ms',
      'batch.size',
      'buffer.memory',
      'compression.type',
      'compression.codec',
    ],
    ...[
      'enable.idempotence',
      'transactional.id',
      'retries',
      'delivery.timeout.ms',
      'max.request.size',
      'partitioner.class',
    ],
    ...['key.serializer', 'value.serializer', 'max.in.flight.requests.per.connection', 'transaction.timeout.ms'],
  ],
  consumer: [
    ...[
      'group.id',
      'group.protocol',
      'auto.offset.reset',
      'enable.auto.commit',
      'auto.commit.interval.ms',
      'isolation.level',
    ],
    ...['max.poll.interval.ms', 'max.poll.records', 'session.timeout.ms', 'heartbeat.interval.ms', 'fetch.min.bytes'],
    ...['fetch.max.bytes', 'fetch.max.wait.ms', 'max.partition.fetch.bytes', 'partition.assignment.strategy'],
    ...['key.deserializer', 'value.deserializer'],
  ],
}

/** All that cannot be read is told at once. */
export function readFiles(
  names: FileNames,
  readText: (path: string) => string,
): { servers: Settings[]; clients: ClientFile[] } {
  const problems: ConfigProblem[] = []
  const entriesOf = (path: string): readonly PropertyEntry[] => {
    try {
      const { entries, problems: wrong } = parseProperties(readText(path))
      problems.push(...wrong.map(({ line, message }) => ({ path: `${path}:${line}`, message })))
      return entries
    } catch (error) {
      problems.push({ path, message: `cannot be read: ${error instanceof Error ? error.message : String(error)}` })
      return []
    }
  }
  const servers = names.servers.map(path => fileSettings(path, entriesOf(path), brokerDefaults))
  const clients = names.clients.map(({ path, role }) => clientFile(path, entriesOf(path), role))
  if (problems.length > 0) throw configError(problems)
  return { servers, clients }
}

export function clientFile(path: string, entries: readonly PropertyEntry[], role?: ClientRole): ClientFile {
  const names = entries.map(({ key }) => key)
  const found = (Object.keys(rolesByName) as ClientRole[]).filter(each =>
    names.some(name => rolesByName[each].includes(name)),
  )
  return { settings: fileSettings(path, entries), roles: new Set(role === undefined ? found : [role]), names }
}
