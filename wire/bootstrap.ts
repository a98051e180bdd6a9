// Reads `bootstrap.servers`: one address or more, `host:port` or `[IPv6]:port`.
import type { Parsed } from '../core/units.ts'
import type { HostPort } from './settings.ts'

const portMax = 65_535
/** `PLAINTEXT://` in front is taken and left out, as the Java client does. */
const address = /^(?:[A-Za-z0-9_-]+:\/\/)?(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([\w.-]+)):(\d+)$/

export function parseBootstrap(text: string): Parsed<readonly HostPort[]> {
  const parts = text.split(',').map(part => part.trim())
  const wanted = parts.filter(part => part !== '')
  if (wanted.length === 0) return { problem: 'names no address: write host:port,host:port' }
  const parsed = wanted.map(parseAddress)
  const problems = parsed.flatMap(each => ('problem' in each ? [each.problem] : []))
  if (problems.length > 0) return { problem: problems.join('; ') }
  return { value: parsed.flatMap(each => ('value' in each ? [each.value] : [])) }
}

function parseAddress(text: string): Parsed<HostPort> {
  const match = address.exec(text)
  if (match === null) return { problem: `"${text}" ${whatIsWrong(text)}` }
  const port = Number(match[3])
  if (port < 1 || port > portMax) return { problem: `"${text}" has a port that is not between 1 and ${portMax}` }
  return { value: { host: (match[1] ?? match[2])!, port } }
}

function whatIsWrong(text: string): string {
  if (/^[\w.-]+$/.test(text)) return `has no port: write ${text}:9092`
  if (/^\[[^\]]+\]$/.test(text)) return `has no port: write ${text}:9092`
  if (/^[0-9a-fA-F:.]+$/.test(text)) return `looks like an IPv6 address: write it in brackets, [${text}]:9092`
  return 'is not host:port'
}
