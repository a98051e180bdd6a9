// One plain broker that suites share: it is started when the first of them asks, by the process that runs all suites, and
// stopped by it at the end. A start costs eight seconds, and a broker that is warm is three times faster than a new one.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { type KafkaCluster, startKafka } from '../harness/index.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers with the `KafkaPlace` of the shared broker. */
    readonly sharedBrokerUrl: string
  }
}

/** The vitest project `kafka` calls it once, before its first suite. */
export default async function provideSharedBroker(project: TestProject): Promise<() => Promise<void>> {
  let started: Promise<KafkaCluster> | undefined
  const server = createServer((_, response) => {
    started ??= startKafka({ heapMb: 768 })
    started.then(
      ({ place }) => response.end(JSON.stringify(place)),
      error => response.writeHead(500).end(String(error)),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  project.provide('sharedBrokerUrl', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return async () => {
    server.close()
    await started?.then(
      kafka => kafka.stop(),
      () => {}, // Whoever asked for it was told.
    )
  }
}
