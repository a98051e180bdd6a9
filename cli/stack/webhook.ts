// A webhook in the place of the user's telephone: what Alertmanager has to say, each change of each alert once.
import { createServer } from 'node:http'

export interface Notice {
  readonly alert: string
  readonly labels: Readonly<Record<string, string>>
  readonly isFiring: boolean
  readonly atMs: number
  readonly summary?: string
}

export interface Webhook {
  readonly url: string
  close(): Promise<void>
}

interface AlertmanagerMessage {
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved'
    readonly labels: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }[]
}

/** On loopback, at any free port. `onNotice` hears of each change at the moment at which it came. */
export async function startWebhook(onNotice: (notice: Notice) => void): Promise<Webhook> {
  const known = new Map<string, boolean>()
  const tell = ({ alerts }: AlertmanagerMessage, atMs: number) => {
    for (const { status, labels, annotations } of alerts) {
      const { alertname: alert = '', ...rest } = labels
      const key = JSON.stringify(labels)
      const isFiring = status === 'firing'
      if ((known.get(key) ?? false) === isFiring) continue
      known.set(key, isFiring)
      const summary = annotations?.summary
      onNotice({ alert, labels: rest, isFiring, atMs, ...(summary !== undefined && { summary }) })
    }
  }
  const server = createServer(async (request, response) => {
    const atMs = Date.now()
    let text = ''
    for await (const chunk of request) text += chunk
    try {
      tell(JSON.parse(text) as AlertmanagerMessage, atMs)
    } catch {
      // Not from Alertmanager: whoever it was is told, and nobody else.
      response.statusCode = 400
    }
    response.end()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}/alerts`,
    close: () =>
      new Promise<void>(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
