// `describe` for suites that run against both brokers with the same assertions. Which one is the vitest project's business
// (vitest.config.ts): `kafka` and `clients` start real Apache Kafka, `broker` the embedded broker and no Java.
import { describe, inject } from 'vitest'
import { describeKafka } from '../harness/describe-kafka.ts'
import { kafkaVersionDefault } from '../harness/index.ts'
import { embeddedBroker } from './embedded.ts'
import { realKafka } from './real-kafka.ts'
import type { BrokerTarget } from './target.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly broker: BrokerTarget['kind']
  }
}

export interface BrokersOptions {
  /** Of real Kafka, each in turn. */
  readonly versions?: readonly string[]
}

export function describeBrokers(
  name: string,
  suite: (broker: BrokerTarget) => void,
  { versions = [kafkaVersionDefault] }: BrokersOptions = {},
): void {
  if (inject('broker') === 'embedded') {
    describe(`${name} (embedded broker)`, () => suite(embeddedBroker))
    return
  }
  for (const version of versions) {
    describeKafka(`${name} (Kafka ${version})`, () => suite(realKafka(version)), version)
  }
}
