// One plain broker that suites share: it is started when the first of them asks, by the process that runs all suites, and
// stopped by it at the end. A start costs eight seconds, and a broker that is warm is three times faster than a new one.
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { installDirOf, installKafka, type KafkaCluster, kafkaVersionDefault, startKafka } from '../harness/index.ts'
import { reasonKafkaCannotRun } from '../harness/tools.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers with the `KafkaPlace` of the shared broker. */
    readonly sharedBrokerUrl: string
  }
}

/** The vitest projects `kafka` and `clients` call it once, before their first suite. */
export default async function provideSharedBroker(project: TestProject): Promise<() => Promise<void>> {
  // Once, before two suites do it at the same time. What is missing for it the suites tell.
  const isInstalled = existsSync(installDirOf(kafkaVersionDefault))
  if (reasonKafkaCannotRun(isInstalled) === undefined) await installKafka(kafkaVersionDefault).catch(() => {})
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
