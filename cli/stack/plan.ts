// From what was asked for to what is started, scraped and told. Pure.
import {
  type AgentOptions,
  addressOf,
  agentPart,
  alertmanagerPart,
  brokerPart,
  loadPart,
  type Part,
  type Ports,
  prometheusPart,
  urlOf,
} from './parts.ts'
import type { Place } from './state.ts'

export interface StackPlan {
  /** undefined: an embedded broker. */
  readonly bootstrap?: string
  readonly commandConfig?: string
  readonly clusterName?: string
  /** A rate, as 1k/s. */
  readonly load?: string
  readonly scrapeMs: number
  readonly dir: string
  readonly ports: Ports
  readonly prometheus: string
  /** undefined: it is not installed. */
  readonly alertmanager?: string
}

/** The load comes last of all, when everything looks, and so is the first to end: it drains, and deletes its topic. */
export function partsOf(plan: StackPlan): { readonly parts: readonly Part[]; readonly load: readonly Part[] } {
  const { ports, dir, prometheus, alertmanager, bootstrap, load } = plan
  const agent = agentOptions(plan)
  const parts = [
    ...(bootstrap === undefined ? [brokerPart(ports)] : []),
    agentPart(ports.agent, agent),
    ...(alertmanager === undefined ? [] : [alertmanagerPart(alertmanager, ports.alertmanager, dir)]),
    prometheusPart(prometheus, ports.prometheus, dir),
  ]
  return { parts, load: load === undefined ? [] : [loadPart(ports.load, load, agent)] }
}

/** A canary writes, so a cluster of the user has none unless its variables ask for it. */
function agentOptions({ bootstrap, ports, commandConfig, clusterName }: StackPlan): AgentOptions {
  if (bootstrap === undefined) {
    const flags = ['--canary-enabled', 'true']
    return { bootstrap: addressOf(ports.broker), clusterName: clusterName ?? 'local', flags }
  }
  return {
    bootstrap,
    ...(commandConfig !== undefined && { commandConfig }),
    ...(clusterName !== undefined && { clusterName }),
  }
}

export const targetsOf = ({ ports, load }: StackPlan): Readonly<Record<string, string>> => ({
  millrace: addressOf(ports.agent),
  ...(load !== undefined && { load: addressOf(ports.load) }),
})

/** What a user opens, in the order in which they would. */
export function placesOf(plan: StackPlan): Place[] {
  const { bootstrap, ports, alertmanager, load } = plan
  const page = (name: string, port: number, path: string, readyPath = path): Place => ({
    ...{ name, address: `${urlOf(port)}${path}`, readyUrl: `${urlOf(port)}${readyPath}` },
  })
  const embedded = [
    { name: 'kafka', address: addressOf(ports.broker), readyUrl: `${urlOf(ports.control)}/stats` },
    page('faults', ports.control, '/faults'),
  ]
  return [
    page('boards', ports.preview, '/'),
    page('prometheus', ports.prometheus, '/', '/-/ready'),
    ...(alertmanager === undefined ? [] : [page('alertmanager', ports.alertmanager, '/', '/-/ready')]),
    page('agent', ports.agent, '/metrics', '/readyz'),
    ...(load === undefined ? [] : [page('load', ports.load, '/metrics')]),
    ...(bootstrap === undefined ? embedded : [{ name: 'kafka', address: bootstrap }]),
  ]
}
