// A model from scenarios as they are written, with Kafka's settings for all of them.
import type { TestModel } from '../../../loadgen/scenario/model.ts'
import { readModel } from '../../../loadgen/scenario/read-model.ts'

export function modelOf(
  scenarios: Readonly<Record<string, unknown>>,
  kafka: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, unknown>> = {},
): TestModel {
  const { model } = readModel({
    document: { scenarios, kafka: { bootstrap: 'localhost:9092', ...kafka }, ...options },
    isScripted: () => false,
    flags: [],
    env: {},
    cpus: 2,
    readFile: () => Buffer.alloc(0),
    randomHex: () => '0badcafe',
  })
  return model
}
