// A service under load, as a script: orders are placed, and each is read, checked and answered by a billing service, which sends what it
// cannot bill to a dead letter queue.
//
//   millrace run docs/examples/order-service.ts --bootstrap localhost:9092
import type { Options } from 'k6/options'
import { Counter, check, consume, type MillraceOptions, produce, scenario, sleep, Trend, vu } from 'millrace/script'

const millrace: MillraceOptions = {
  topics: { orders: { partitions: 4 }, bills: { partitions: 4 }, 'orders.dlq': { partitions: 1 } },
  acks: 'all',
  idempotent: true,
}

export const options: Options = {
  scenarios: {
    shop: {
      executor: 'ramping-arrival-rate',
      exec: 'placeOrder',
      startRate: 10,
      stages: [
        { duration: '2s', target: 100 },
        { duration: '2s', target: 100 },
      ],
      preAllocatedVUs: 20,
    },
    billing: { executor: 'constant-vus', exec: 'bill', vus: 2, duration: '6s' },
  },
  thresholds: {
    checks: ['rate==1'],
    'iteration_duration{scenario:shop}': ['p(95)<2000'],
    order_age: ['p(95)<5000'],
    dead_letters: ['count>0'],
  },
  ext: { millrace },
}

const orderAge = new Trend('order_age', true)
const deadLetters = new Counter('dead_letters')
/** One order in so many is broken on purpose. */
const brokenEvery = 20

export function setup() {
  return { currency: 'EUR' }
}

export async function placeOrder({ currency }: { currency: string }) {
  const id = scenario.iterationInTest
  const amount = id % brokenEvery === 0 ? 'a lot' : 100 + id
  const [placed] = await produce(
    { key: `customer-${vu.idInTest}`, value: { id, amount, currency, placedAt: Date.now() } },
    { topic: 'orders' },
  )
  check(placed, { 'the order has an offset': order => order !== undefined && order.offset >= 0 })
}

export async function bill() {
  const orders = await consume({ topic: 'orders', max: 50, timeoutMs: 500 })
  if (orders.length === 0) await sleep(0.05)
  for (const order of orders) {
    const { id, amount, placedAt } = order.json() as { id: number; amount: unknown; placedAt: number }
    orderAge.add(Date.now() - placedAt)
    if (typeof amount === 'number') {
      await produce({ key: order.key, value: { id, due: amount } }, { topic: 'bills' })
    } else {
      deadLetters.add(1)
      const headers = { 'x-error': 'amount is not a number', 'x-offset': String(order.offset) }
      await produce({ value: order.value, headers }, { topic: 'orders.dlq' })
    }
  }
}
