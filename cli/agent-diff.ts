// `millrace agent --diff URL`: one look beside another exporter, and where the two say something else.
import { setTimeout as delay } from 'node:timers/promises'
import {
  type AgentSettings,
  type Comparison,
  comparePages,
  type Disagreement,
  type ForeignProfile,
  profileOf,
  startAgent,
} from '../agents/index.ts'
import { configError, exitCodes, MillraceError } from '../core/errors.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'

const readyMsMax = 120_000
const pollMs = 250
const shownMax = 200
/** Of each rule. */
const explainedShownMax = 10

export async function agentDiff(url: string, settings: AgentSettings, io: Io, signal: AbortSignal): Promise<number> {
  const { profile, theirs, ours } = await lookBeside(url, settings, signal)
  const comparison = comparePages(profile, theirs, ours)
  await print(io.stdout, diffText(profile, comparison))
  return comparison.disagreements.every(({ rule }) => rule !== undefined) ? exitCodes.ok : exitCodes.deliveryMismatch
}

interface Beside {
  readonly profile: ForeignProfile
  readonly theirs: { readonly before: string; readonly after: string }
  /** By their names and by our own, which say why. */
  readonly ours: string
}

/** The other page, ours, and the other one again. */
export async function lookBeside(url: string, settings: AgentSettings, signal: AbortSignal): Promise<Beside> {
  const before = await pageAt(url)
  const profile = profileOf(before)
  if (profile === undefined) {
    const message = `${url} has no metrics of kafka_exporter, kafka-lag-exporter or kminion`
    throw configError([{ path: '--diff', message }])
  }
  const clusters = settings.clusters.map(cluster => ({ ...cluster, profiles: ['native', profile] as const }))
  const notices: string[] = []
  const agent = await startAgent({ clusters, listen: { host: '127.0.0.1', port: 0 } }, text => notices.push(text))
  try {
    await readyAt(agent.url, notices, signal)
    const ours = await pageAt(`${agent.url}/metrics`)
    return { profile, theirs: { before, after: await pageAt(url) }, ours }
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

function diffText(profile: string, { agreeing, disagreements, otherNames }: Comparison): string {
  const open = disagreements.filter(({ rule }) => rule === undefined)
  const byRule = Map.groupBy(
    disagreements.filter(({ rule }) => rule !== undefined),
    ({ rule }) => rule!,
  )
  const explained = [...byRule].flatMap(([{ id, why }, same]) => [
    `${same.length} by ${id}: ${why}`,
    ...lines(same, explainedShownMax),
  ])
  const names = otherNames.map(({ name, why }) => `  ${name}${why === undefined ? '' : `: ${why}`}`)
  return `${[
    `${profile}: ${agreeing} series agree, ${disagreements.length - open.length} differ by a known rule, ${open.length} disagree`,
    ...lines(open),
    ...explained,
    ...(names.length === 0 ? [] : ['names that only they have:', ...names]),
  ].join('\n')}\n`
}

function lines(disagreements: readonly Disagreement[], max = shownMax): string[] {
  const shown = disagreements
    .slice(0, max)
    .map(({ series, theirs, ours }) => `  ${printable(series)}: theirs ${theirs ?? '-'}, ours ${ours ?? '-'}`)
  return disagreements.length > max ? [...shown, `  and ${disagreements.length - max} more`] : shown
}

/** Label values come from a cluster: control characters would draw on the terminal. */
const printable = (text: string) => text.replaceAll(/\p{Cc}/gu, character => JSON.stringify(character).slice(1, -1))
