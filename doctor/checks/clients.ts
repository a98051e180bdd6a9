// What any client has: addresses, and names that no client knows.
import { nearestName } from '../../core/config.ts'
import { allNames, meaningOf } from '../../wire/client-properties.ts'
import type { Check } from '../finding.ts'
import { listOf } from '../settings.ts'

export const clientChecks: readonly Check[] = [
  {
    id: 'client-one-bootstrap',
    severity: 'warning',
    title: 'A client knows one broker',
    risk: 'While that broker is down the client cannot start, though the cluster is well.',
    find: facts => {
      const brokers = facts.cluster?.brokers ?? []
      if (brokers.length < 2) return []
      return facts.clients.flatMap(({ settings }) => {
        if (listOf(settings.get('bootstrap.servers')).length !== 1) return []
        const addresses = brokers.slice(0, 3).map(({ host, port }) => `${host}:${port}`)
        return [
          {
            subject: settings.where('bootstrap.servers'),
            evidence: `bootstrap.servers=${settings.get('bootstrap.servers')} in a cluster of ${brokers.length}`,
            fix: settings.change('bootstrap.servers', addresses.join(',')),
          },
        ]
      })
    },
  },
  {
    id: 'client-unknown-property',
    severity: 'warning',
    title: 'A property that no Kafka client knows',
    risk: 'A mistyped name is ignored in silence: what it was meant to set keeps its default.',
    find: ({ clients }) =>
      clients.flatMap(({ settings, names }) =>
        names
          // What is no name may be a line of a key whose line before lacks its backslash: it is not shown.
          .filter(name => meaningOf(name) === 'unknown' && /^[a-z][a-z0-9]*([._][a-z0-9]+)+$/.test(name))
          .map(name => {
            const near = nearestName(name, allNames)
            return {
              subject: settings.where(name),
              evidence: `${name} is not a property of a Kafka client${near === undefined ? '' : `; ${near} may be meant`}`,
              fix:
                near === undefined
                  ? `sed -i '/^[ \\t]*${name.replaceAll('.', '\\.')}[ \\t]*[=:]/d' ${settings.subject}`
                  : `sed -i 's/^[ \\t]*${name.replaceAll('.', '\\.')}\\([ \\t]*[=:]\\)/${near}\\1/' ${settings.subject}`,
            }
          }),
      ),
  },
]
