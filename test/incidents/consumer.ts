// A consumer of a group as an application has it, in a process of its own that can be stopped, killed and frozen. What it is told on its
// standard input it becomes: `ok`, `slow` (five records a second), `poisoned` (never gets past the record it is at, and is alive).
//
//   node test/incidents/consumer.ts BOOTSTRAP GROUP TOPIC
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { Kafka, logLevel } from '../kafkajs.ts'

const [bootstrap = '', groupId = '', topic = ''] = process.argv.slice(2)
let mode = 'ok'
createInterface({ input: process.stdin }).on('line', line => {
  mode = line
})

const kafka = new Kafka({
  clientId: 'incident',
  brokers: bootstrap.split(','),
  logLevel: logLevel.ERROR,
})
const consumer = kafka.consumer({ groupId, sessionTimeout: 45_000, heartbeatInterval: 3_000 })
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({
  autoCommitInterval: 5_000,
  eachMessage: async ({ heartbeat }) => {
    if (mode === 'slow') await delay(200)
    while (mode === 'poisoned') {
      await delay(1_000)
      await heartbeat()
    }
  },
})
console.log('reading')
process.once('SIGTERM', async () => {
  await consumer.disconnect()
  process.exit(0)
})
