// Who can listen, and who can enter: listeners of brokers, and how clients come in. A listener that is bound to loopback can be
// reached by nobody else and is left alone.
import { allBrokerSettings, type Facts } from '../facts.ts'
import type { Check, Hit } from '../finding.ts'
import { listOf, type Settings } from '../settings.ts'

interface Listener {
  readonly name: string
  readonly host: string
  readonly address: string
  readonly protocol: string
}

const isLoopback = (host: string) => /^(localhost|127(\.\d+){3}|::1|\[::1\])$/i.test(host)

/** Those that others can reach. */
export function openListeners(settings: Settings): Listener[] {
  const protocols = new Map(
    listOf(settings.get('listener.security.protocol.map')).map(pair => {
      const colon = pair.lastIndexOf(':')
      return [pair.slice(0, colon).toUpperCase(), pair.slice(colon + 1).toUpperCase()] as const
    }),
  )
  return listOf(settings.get('listeners')).flatMap(address => {
    const match = /^([^:]+):\/\/(.*):(\d+)$/.exec(address)
    if (match === null || isLoopback(match[2]!)) return []
    const name = match[1]!.toUpperCase()
    return [{ name, host: match[2]!, address, protocol: protocols.get(name) ?? name }]
  })
}

/** One hit a broker: its listeners are one setting. */
function byListener(
  facts: Facts,
  isBad: (listener: Listener, settings: Settings) => boolean,
  to: (protocol: string) => string,
): Hit[] {
  return allBrokerSettings(facts).flatMap(settings => {
    const bad = openListeners(settings).filter(listener => isBad(listener, settings))
    if (bad.length === 0) return []
    const names = new Set(bad.map(({ name }) => name))
    const map = openListeners(settings).map(
      ({ name, protocol }) => `${name}:${names.has(name) ? to(protocol) : protocol}`,
    )
    return [
      {
        subject: settings.where('listeners'),
        evidence: bad.map(({ address, protocol }) => `${address} is ${protocol}`).join('; '),
        fix: settings.change('listener.security.protocol.map', map.join(',')),
      },
    ]
  })
}

const hasTls = (protocol: string) => protocol.endsWith('SSL')
const hasSasl = (protocol: string) => protocol.startsWith('SASL')
const asksCertificate = (settings: Settings, { name }: Listener) =>
  (settings.get(`listener.name.${name.toLowerCase()}.ssl.client.auth`) ?? settings.get('ssl.client.auth')) ===
  'required'

const clientHosts = (settings: Settings) =>
  listOf(settings.get('bootstrap.servers')).map(address => address.replace(/:\d+$/, '')).filter(host => !isLoopback(host)) // biome-ignore format: one line

const protocolOf = (settings: Settings) => (settings.get('security.protocol') ?? 'PLAINTEXT').toUpperCase()

function forClients(facts: Facts, name: string, find: (settings: Settings) => Omit<Hit, 'subject'> | undefined): Hit[] {
  return facts.clients.flatMap(({ settings }) => {
    const hit = find(settings)
    return hit === undefined ? [] : [{ subject: settings.where(name), ...hit }]
  })
}

export const securityChecks: readonly Check[] = [
  {
    id: 'listener-without-tls',
    severity: 'warning',
    title: 'A listener speaks without TLS',
    risk: 'Records and, with SASL/PLAIN, passwords can be read by everyone on the way.',
    find: facts =>
      byListener(
        facts,
        ({ protocol }) => !hasTls(protocol),
        protocol => (hasSasl(protocol) ? 'SASL_SSL' : 'SSL'),
      ),
  },
  {
    id: 'listener-without-authentication',
    severity: 'warning',
    title: 'A listener lets everyone in',
    risk: 'Without SASL or client certificates nobody has a name: ACLs and quotas cannot tell clients apart.',
    find: facts =>
      byListener(
        facts,
        (listener, settings) => !hasSasl(listener.protocol) && !asksCertificate(settings, listener),
        () => 'SASL_SSL',
      ),
  },
  {
    id: 'listener-plain-password',
    severity: 'critical',
    title: 'Passwords go over the wire as they are',
    risk: 'SASL/PLAIN on a listener without TLS: whoever sees the traffic has the password.',
    find: facts =>
      byListener(
        facts,
        ({ protocol }, settings) =>
          protocol === 'SASL_PLAINTEXT' && listOf(settings.get('sasl.enabled.mechanisms')).includes('PLAIN'),
        () => 'SASL_SSL',
      ),
  },
  {
    id: 'no-authorizer',
    severity: 'warning',
    title: 'Everyone may do everything',
    risk: 'Without authorizer.class.name any client that gets in can delete topics and read all of them.',
    find: facts =>
      allBrokerSettings(facts).flatMap(settings =>
        openListeners(settings).length > 0 && (settings.get('authorizer.class.name') ?? '') === ''
          ? [
              {
                subject: settings.where('authorizer.class.name'),
                evidence: 'authorizer.class.name is not set',
                fix: settings.change(
                  'authorizer.class.name',
                  'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
                ),
              },
            ]
          : [],
      ),
  },
  {
    id: 'acls-open',
    severity: 'warning',
    title: 'What has no ACL is open to everyone',
    risk: 'allow.everyone.if.no.acl.found=true: a new topic is readable and writable for all until somebody thinks of it.',
    find: facts =>
      allBrokerSettings(facts).flatMap(settings =>
        settings.get('allow.everyone.if.no.acl.found') === 'true'
          ? [
              {
                subject: settings.where('allow.everyone.if.no.acl.found'),
                evidence: 'allow.everyone.if.no.acl.found=true',
                fix: settings.change('allow.everyone.if.no.acl.found', 'false'),
              },
            ]
          : [],
      ),
  },
  {
    id: 'tls-old',
    severity: 'warning',
    title: 'Old TLS versions are accepted',
    risk: 'TLS 1.0 and 1.1 are broken, and a client may be talked down to them (RFC 8996).',
    find: facts =>
      [...allBrokerSettings(facts), ...facts.clients.map(({ settings }) => settings)].flatMap(settings => {
        const old = listOf(settings.get('ssl.enabled.protocols')).filter(version =>
          /^(TLSv1|TLSv1\.1|SSLv\d.*)$/.test(version),
        )
        if (old.length === 0) return []
        return [
          {
            subject: settings.where('ssl.enabled.protocols'),
            evidence: `ssl.enabled.protocols=${settings.get('ssl.enabled.protocols')}`,
            fix: settings.change('ssl.enabled.protocols', 'TLSv1.2,TLSv1.3'),
          },
        ]
      }),
  },
  {
    id: 'client-without-tls',
    severity: 'warning',
    title: 'A client speaks without TLS',
    risk: 'Records, and with SASL/PLAIN the password, can be read by everyone on the way.',
    find: facts =>
      forClients(facts, 'security.protocol', settings => {
        const protocol = protocolOf(settings)
        if (hasTls(protocol) || clientHosts(settings).length === 0) return undefined
        return {
          evidence: `security.protocol=${protocol} to ${clientHosts(settings)[0]}`,
          fix: settings.change('security.protocol', hasSasl(protocol) ? 'SASL_SSL' : 'SSL'),
        }
      }),
  },
  {
    id: 'client-host-unchecked',
    severity: 'warning',
    title: 'A client does not check whom it talks to',
    risk: 'With an empty ssl.endpoint.identification.algorithm any holder of a certificate of the same CA passes for a broker.',
    find: facts =>
      forClients(facts, 'ssl.endpoint.identification.algorithm', settings =>
        settings.get('ssl.endpoint.identification.algorithm') === ''
          ? {
              evidence: 'ssl.endpoint.identification.algorithm is empty',
              fix: settings.change('ssl.endpoint.identification.algorithm', 'https'),
            }
          : undefined,
      ),
  },
]
