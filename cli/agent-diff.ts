// `millrace agent --diff URL`: one look beside another exporter, and where the two say something else.
import { setTimeout as delay } from 'node:timers/promises'
import { type AgentSettings, type Comparison, comparePages, profileOf, startAgent } from '../agents/index.ts'
import { configError, exitCodes, MillraceError } from '../core/errors.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'

const readyMsMax = 120_000
const pollMs = 250
const shownMax = 200

export async function agentDiff(url: string, settings: AgentSettings, io: Io, signal: AbortSignal): Promise<number> {
  const before = await pageAt(url)
  const profile = profileOf(before)
  if (profile === undefined) {
    const message = `${url} has no metrics of kafka_exporter, kafka-lag-exporter or kminion`
    throw configError([{ path: '--diff', message }])
  }
  const clusters = settings.clusters.map(cluster => ({ ...cluster, profiles: [profile] }))
  const notices: string[] = []
  const agent = await startAgent({ clusters, listen: { host: '127.0.0.1', port: 0 } }, text => notices.push(text))
  try {
    await readyAt(agent.url, notices, signal)
    const ours = await pageAt(`${agent.url}/metrics`)
    const comparison = comparePages(profile, { before, after: await pageAt(url) }, ours)
    await print(io.stdout, diffText(profile, comparison))
    return comparison.disagreements.length === 0 ? exitCodes.ok : exitCodes.deliveryMismatch
  } finally {
    await agent.close()
  }
}

async function pageAt(url: string): Promise<string> {
  try {
    const response = await fetch(url)
    if (response.ok) return await response.text()
    throw new Error(`HTTP ${response.status}`)
  } catch (cause) {
    const why =
      cause instanceof Error ? (cause.cause instanceof Error ? cause.cause.message : cause.message) : String(cause)
    const hint =
      'Check the address of --diff: it is the metrics page of the other exporter, as http://host:9308/metrics.'
    throw new MillraceError('BROKER_UNREACHABLE', `cannot read ${url}: ${why}`, { cause, hint })
  }
}

async function readyAt(url: string, notices: readonly string[], signal: AbortSignal): Promise<void> {
  const giveUpAtMs = Date.now() + readyMsMax
  while (!signal.aborted) {
    if ((await fetch(`${url}/readyz`)).ok) return
    if (Date.now() > giveUpAtMs) {
      throw new MillraceError('REQUEST_TIMEOUT', `the cluster was not looked at in time: ${notices.at(-1) ?? ''}`)
    }
    await delay(pollMs, undefined, { signal }).catch(() => {})
  }
  throw new MillraceError('INTERRUPTED', 'stopped before both had been looked at')
}

function diffText(profile: string, { agreeing, disagreements, unknownNames }: Comparison): string {
  const shown = disagreements.slice(0, shownMax).map(({ series, theirs, ours, why }) => {
    return `  ${printable(series)}\n    theirs ${theirs ?? '-'}, ours ${ours ?? '-'}: ${why}`
  })
  const more = disagreements.length > shownMax ? [`  and ${disagreements.length - shownMax} more`] : []
  const names =
    unknownNames.length === 0 ? [] : ['names that only they have:', ...unknownNames.map(name => `  ${name}`)]
  const heading = `${profile}: ${agreeing} series agree, ${disagreements.length} disagree`
  return `${[heading, ...shown, ...more, ...names].join('\n')}\n`
}

/** Label values come from a cluster: control characters would draw on the terminal. */
const printable = (text: string) => text.replaceAll(/\p{Cc}/gu, character => JSON.stringify(character).slice(1, -1))
