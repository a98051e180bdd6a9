// Payments in transactions, as a script: a booking and its two entries are committed together or not at all, and an auditor that reads
// committed data alone checks that it never sees a half of one.
//
//   millrace run docs/examples/transactional-payments.ts --bootstrap localhost:9092
import type { Options } from 'k6/options'
import { Counter, check, consume, type MillraceOptions, produce, scenario, transaction } from 'millrace/script'

const millrace: MillraceOptions = {
  topics: { bookings: { partitions: 1 }, entries: { partitions: 3 } },
  transactionalId: 'payments',
  transactionTimeout: '10s',
  isolation: 'read_committed',
  from: 'earliest',
}

/** So many of ten are refused by the bank, and one of ten by an error. */
const refusedOfTen = 2

export const options: Options = {
  scenarios: {
    pay: { executor: 'shared-iterations', exec: 'pay', vus: 5, iterations: 100 },
    audit: { executor: 'per-vu-iterations', exec: 'audit', vus: 1, iterations: 1, startTime: '1s' },
  },
  thresholds: {
    checks: ['rate==1'],
    commit_time: ['p(95)<2000'],
    transactions_failed: ['count==0'],
  },
  ext: { millrace },
}

const refused = new Counter('refused')

export async function pay() {
  const id = scenario.iterationInTest
  try {
    await transaction(async tx => {
      await produce({ key: `${id}`, value: { id, cents: 100 + id } }, { topic: 'bookings' })
      await produce(
        [
          { key: 'cash', value: { id, cents: -100 - id } },
          { key: `account-${id}`, value: { id, cents: 100 + id } },
        ],
        { topic: 'entries' },
      )
      if (id % 10 < refusedOfTen) {
        refused.add(1)
        // All three are taken back, when this function returns.
        tx.abort()
      }
      // So are those of a function that throws.
      if (id % 10 === 9) throw new Error('the line to the bank is down')
    })
  } catch (error) {
    if (!String(error).includes('line to the bank')) throw error
  }
}

/** Whatever has been booked by now has both of its entries. */
export async function audit() {
  const bookings = await consume({ topic: 'bookings', max: 1_000, timeoutMs: 5_000 })
  const open = new Map(bookings.map(booking => [(booking.json() as { id: number }).id, { entries: 0, cents: 0 }]))
  for (let some = bookings; some.length > 0 && [...open.values()].some(({ entries }) => entries < 2); ) {
    some = await consume({ topic: 'entries', max: 1_000, timeoutMs: 2_000 })
    for (const entry of some) {
      const { id, cents } = entry.json() as { id: number; cents: number }
      const booked = open.get(id)
      if (booked !== undefined) open.set(id, { entries: booked.entries + 1, cents: booked.cents + cents })
    }
  }
  check(bookings, { 'there are bookings': all => all.length > 0 })
  check([...open.values()], {
    'each has two entries, and they balance': all => all.every(({ entries, cents }) => entries === 2 && cents === 0),
  })
}
