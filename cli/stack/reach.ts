// Whether a cluster of the user can be reached, before anything is started: the agent would try again and again, as a monitor has to.
import type { AgentSettings } from '../../agents/index.ts'
import { Cluster } from '../../wire/cluster.ts'
import type { ClientSettings } from '../../wire/settings.ts'

/** Somebody sits in front of the terminal and waits. */
const patienceMs = 5_000

/** Throws what is in the way: BROKER_UNREACHABLE, TLS_FAILED, AUTHENTICATION_FAILED and others of the connection. */
export async function reach({ clusters }: AgentSettings): Promise<void> {
  for (const { client } of clusters) await (await Cluster.connect(hurried(client))).close()
}

const hurried = (client: ClientSettings): ClientSettings => ({
  ...client,
  connectTimeoutMs: Math.min(client.connectTimeoutMs, patienceMs),
  requestTimeoutMs: Math.min(client.requestTimeoutMs, patienceMs),
})
