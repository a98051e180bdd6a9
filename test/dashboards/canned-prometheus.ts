// Answers every query as Prometheus would if it had two series for it, with the labels that the query groups by.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface CannedPrometheus {
  readonly url: string
  readonly asked: readonly string[]
  close(): void
}

const groupedBy = (query: string) => [...query.matchAll(/\bby \(([\w, ]+)\)/g)].at(-1)?.[1]?.split(', ') ?? []

function seriesOf(query: string): { metric: Record<string, string>; level: number }[] {
  const labels = groupedBy(query)
  const les = labels.includes('le') ? ['0.001', '0.01', '0.1', '+Inf'] : ['']
  const names = labels.length === 0 ? ['one'] : ['one', '<b>two</b>']
  return names.flatMap((name, at) =>
    les.map((le, step) => ({
      metric: Object.fromEntries(labels.map(label => [label, label === 'le' ? le : name])),
      level: 1 + at + step,
    })),
  )
}

export async function cannedPrometheus(): Promise<CannedPrometheus> {
  const asked: string[] = []
  const server: Server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://prometheus')
    const query = searchParams.get('query') ?? ''
    asked.push(`${pathname} ${query}`)
    const at = (name: string) => Number(searchParams.get(name))
    const result = seriesOf(query).map(({ metric, level }) => {
      if (!pathname.endsWith('_range')) return { metric, value: [at('time'), String(level)] }
      const count = Math.floor((at('end') - at('start')) / at('step')) + 1
      return {
        metric,
        values: Array.from({ length: count }, (_, index) => [at('start') + index * at('step'), String(level)]),
      }
    })
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ status: 'success', data: { result } }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
