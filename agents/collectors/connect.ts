// The connect collector: connectors and tasks of Kafka Connect clusters that work with this Kafka cluster, by their REST interface.
import { isMillraceError } from '../../core/errors.ts'
import { metrics } from '../../metrics/catalog.ts'
import { Family, setState } from '../../metrics/exposition.ts'
import { type CollectorContext, defineCollector, type Look } from '../collector.ts'
import { ConnectMemory, type Connector } from '../evaluate/connect.ts'
import { type Gap, gapOf } from '../gap.ts'
import { parseName } from '../setting-parsers.ts'
import { type ConnectAccess, type ConnectTarget, parseConnectTarget, readConnect } from '../source/connect.ts'

export interface ConnectClusterData {
  readonly name: string
  /** Undefined: no worker answered. */
  readonly found: { readonly version: string; readonly connectors: readonly Connector[] } | undefined
}

const settings = {
  url: {
    placeholder: '[name=]url[,url]',
    help: 'workers of one Connect cluster, as prod=http://w1:8083,http://w2:8083; may be repeated',
    fallback: undefined,
    parse: parseConnectTarget,
    isList: true,
  },
  user: {
    placeholder: 'name',
    help: 'for basic authentication',
    fallback: undefined,
    parse: parseName,
  },
  'password-file': {
    placeholder: 'file',
    help: 'holds the password of that user',
    fallback: undefined,
    parse: parseName,
  },
} as const

export const connectCollector = defineCollector<readonly ConnectClusterData[], typeof settings>({
  name: 'connect',
  help: 'Kafka Connect by its REST interface: connectors and tasks, their states and restarts. Needs a url',
  isOnByDefault: false,
  interval: '15s',
  timeout: '10s',
  settings,
  make: (context, { url: targets, user, 'password-file': passwordFile }) => {
    const access = user === undefined || passwordFile === undefined ? undefined : { user, passwordFile }
    const memories = new Map(targets.map(({ name }) => [name, new ConnectMemory()]))
    return { look: () => look(context, targets, access, memories) }
  },
  families: { native: connectFamilies },
})

async function look(
  { timeoutMs, nowMs }: CollectorContext,
  targets: readonly ConnectTarget[],
  access: ConnectAccess | undefined,
  memories: ReadonlyMap<string, ConnectMemory>,
): Promise<Look<readonly ConnectClusterData[]>> {
  const gaps: Gap[] = []
  const data = await Promise.all(
    targets.map(async (target): Promise<ConnectClusterData> => {
      try {
        const answer = await readConnect(target, access, timeoutMs)
        const connectors = memories.get(target.name)!.look(answer)
        return { name: target.name, found: { version: answer.version, connectors } }
      } catch (error) {
        if (!isMillraceError(error)) throw error
        gaps.push(gapOf('connect', target.name, error))
        return { name: target.name, found: undefined }
      }
    }),
  )
  return { data, gaps, takenAtMs: nowMs() }
}

/** As workers say them, in lower case; a newer one is told too. */
const taskStates = ['running', 'paused', 'failed', 'unassigned', 'restarting']
const connectorStates = [...taskStates, 'stopped']

const withState = (states: readonly string[], current: string) =>
  states.includes(current) ? states : [...states, current]

/** Pure. */
export function connectFamilies(cluster: string, clusters: readonly ConnectClusterData[]): Family[] {
  const up = new Family(metrics.connectUp)
  const version = new Family(metrics.connectInfo)
  const info = new Family(metrics.connectorInfo)
  const state = new Family(metrics.connectorState)
  const tasks = new Family(metrics.connectorTasks)
  const taskState = new Family(metrics.taskState)
  const restarts = new Family(metrics.taskRestarts)
  for (const { name: connect, found } of clusters) {
    up.set({ cluster, connect }, found === undefined ? 0 : 1)
    if (found === undefined) continue
    version.set({ cluster, connect, version: found.version }, 1)
    for (const connector of found.connectors) {
      const labels = { cluster, connect, connector: connector.name }
      info.set({ ...labels, type: connector.type, class: connector.className }, 1)
      setState(state, 'state', labels, withState(connectorStates, connector.state), connector.state)
      tasks.set(labels, connector.tasks.length)
      for (const task of connector.tasks) {
        const ofTask = { ...labels, task: String(task.id) }
        setState(taskState, 'state', ofTask, withState(taskStates, task.state), task.state)
        restarts.set(ofTask, task.restarts)
      }
    }
  }
  return [up, version, info, state, tasks, taskState, restarts]
}
