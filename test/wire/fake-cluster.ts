// Brokers without sockets, for what needs no network to be shown: addresses that live or are dead, answers by API name, and
// time that passes only when somebody pauses.
import { MillraceError } from '../../core/errors.ts'
import type { metadata } from '../../wire/apis/03-metadata.ts'
import type { ClusterDeps } from '../../wire/cluster.ts'
import type { Connection } from '../../wire/connection.ts'
import type { Api, ResponseOf } from '../../wire/schema.ts'
import { type ClientSettings, clientDefaults, type HostPort } from '../../wire/settings.ts'

type Answer = Record<string, unknown>
export type Answers = (api: string, node: HostPort, body: Answer) => Answer | Promise<Answer>

export const addressOf = ({ host, port }: HostPort) => `${host}:${port}`

export class FakeCluster {
  /** Addresses that can be opened. Taking one out also ends its connections. */
  readonly #alive = new Set<string>()
  readonly #open = new Map<string, Set<() => void>>()
  readonly answers: Answers
  /** What was done, in order: `open a:1`, `Metadata a:1`, `pause 50`. */
  readonly log: string[] = []
  nowMs = 0

  constructor(alive: readonly string[], answers: Answers) {
    for (const address of alive) this.#alive.add(address)
    this.answers = answers
  }

  raise(address: string): void {
    this.#alive.add(address)
  }

  kill(address: string): void {
    this.#alive.delete(address)
    for (const end of this.#open.get(address) ?? []) end()
  }

  get deps(): ClusterDeps {
    return {
      clock: { nowNs: () => this.nowMs * 1e6, wallUsAt: ns => ns / 1000 },
      random: () => 0.5,
      pause: async durationMs => {
        this.log.push(`pause ${Math.round(durationMs)}`)
        this.nowMs += durationMs
      },
      open: async node => this.#connect(node),
    }
  }

  #connect(node: HostPort): Connection {
    const address = addressOf(node)
    this.log.push(`open ${address}`)
    if (!this.#alive.has(address)) {
      throw new MillraceError('BROKER_UNREACHABLE', `${address} refused the connection`, { retriable: true })
    }
    const { promise: closed, resolve } = Promise.withResolvers<MillraceError | undefined>()
    const lost = new MillraceError('CONNECTION_CLOSED', `${address} closed the connection`, { retriable: true })
    let isOpen = true
    const end = (error?: MillraceError) => {
      isOpen = false
      resolve(error)
    }
    const connection = {
      node,
      closed,
      get isOpen() {
        return isOpen
      },
      send: async (api: Api, body: Answer) => {
        if (!isOpen) throw lost
        this.log.push(`${api.name} ${address}`)
        const answer = await this.answers(api.name, node, body)
        return api.name === 'Metadata' ? onlyAsked(answer, body) : answer
      },
      close: async () => {
        this.log.push(`close ${address}`)
        end()
      },
    }
    const ends = this.#open.get(address) ?? new Set()
    this.#open.set(
      address,
      ends.add(() => end(lost)),
    )
    return connection as unknown as Connection
  }
}

/** Brokers name the topics that were asked for; null asks for all. */
function onlyAsked(answer: Answer, { topics: asked }: Answer): Answer {
  if (asked === null) return answer
  const names = new Set((asked as { name: string }[]).map(({ name }) => name))
  return { ...answer, topics: (answer.topics as { name: string }[]).filter(({ name }) => names.has(name)) }
}

export function settingsOf(addresses: readonly string[], more: Partial<ClientSettings> = {}): ClientSettings {
  return { ...clientDefaults, bootstrap: addresses.map(hostPort), ...more }
}

function hostPort(address: string): HostPort {
  const [host = '', port] = address.split(':')
  return { host, port: Number(port) }
}

/** A metadata answer: brokers by address with ids from 1, and one topic of one partition. */
export function metadataAnswer(
  brokers: readonly string[],
  { leader = 1, leaderEpoch = 0, errorCode = 0, topic = 't' } = {},
): ResponseOf<typeof metadata> {
  const partition = { errorCode: 0, partitionIndex: 0, leaderId: leader, leaderEpoch }
  const replicas = { replicaNodes: [1], isrNodes: [1], offlineReplicas: [] }
  const partitions = errorCode === 0 ? [{ ...partition, ...replicas }] : []
  return {
    throttleTimeMs: 0,
    brokers: brokers.map((address, index) => ({ nodeId: index + 1, ...hostPort(address), rack: null })),
    clusterId: 'fake',
    controllerId: 1,
    topics: [
      {
        errorCode,
        name: topic,
        topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
        isInternal: false,
        partitions,
        topicAuthorizedOperations: 0,
      },
    ],
    clusterAuthorizedOperations: 0,
    errorCode: 0,
  }
}
