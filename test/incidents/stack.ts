// What a user has beside a cluster: the agent, Prometheus with our rules, Alertmanager with our example configuration, and a webhook in
// the place of the user's telephone. The parts are those of `millrace stack up`.
import { join } from 'node:path'
import { readAlertSettings } from '../../alerts/settings.ts'
import { writeStackFiles } from '../../cli/stack/files.ts'
import { addressOf, agentPart, alertmanagerPart, prometheusPart, urlOf } from '../../cli/stack/parts.ts'
import { answers, startProgram } from '../../cli/stack/programs.ts'
import { type StartedParts, startParts } from '../../cli/stack/start.ts'
import { startWatchdog, type Watchdog } from '../../cli/stack/watchdog.ts'
import { type Notice, startWebhook } from '../../cli/stack/webhook.ts'
import { freePorts } from '../kafka/harness/places.ts'

export interface StackOptions {
  readonly bootstrap: string
  readonly dir: string
  readonly clusterName: string
  readonly agentFlags?: readonly string[]
  readonly scrapeInterval?: string
  /** As `millrace alerts render --thresholds` takes it. */
  readonly thresholds?: string
  /** Of the rules and of Alertmanager, for a test that has less time than a user. */
  readonly hurry?: (text: string) => string
  /** Ends the programs when this process dies. Default: one of its own, which removes `dir`. */
  readonly watchdog?: Watchdog
}

export interface Stack {
  readonly notices: readonly Notice[]
  readonly agentUrl: string
  readonly prometheusUrl: string
  close(): Promise<void>
}

const startTimeoutMs = 30_000

export async function startStack(options: StackOptions): Promise<Stack> {
  const {
    dir,
    bootstrap,
    clusterName,
    agentFlags: flags = [],
    thresholds = '',
    scrapeInterval = '10s',
    hurry,
    watchdog = startWatchdog(dir),
  } = options
  const [agent, prometheus, alertmanager] = (await freePorts(3)) as [number, number, number]
  const notices: Notice[] = []
  const webhook = await startWebhook(notice => notices.push(notice))
  writeStackFiles({
    ...{ dir, scrapeInterval, targets: { millrace: addressOf(agent) } },
    alerts: readAlertSettings(thresholds, 'thresholds.yaml'),
    alertmanager: { target: addressOf(alertmanager), webhookUrl: webhook.url },
    ...(hurry !== undefined && { hurry }),
  })
  const parts = [
    alertmanagerPart('prometheus-alertmanager', alertmanager, dir),
    agentPart(agent, { bootstrap, clusterName, flags }),
    prometheusPart('prometheus', prometheus, dir),
  ]
  const end = async () => {
    await webhook.close()
    if (options.watchdog === undefined) await watchdog.close()
  }
  let started: StartedParts
  try {
    const start = ({ command, args, name }: (typeof parts)[number]) =>
      startProgram(command, args, join(dir, `${name}.log`), { isDetached: true, watchdog })
    started = await startParts(parts, { start, answers }, undefined, startTimeoutMs)
  } catch (error) {
    await end()
    throw error
  }
  const close = async () => {
    await started.close()
    await end()
  }
  return { notices, agentUrl: urlOf(agent), prometheusUrl: urlOf(prometheus), close }
}
