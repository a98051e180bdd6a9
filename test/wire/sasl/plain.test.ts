// Shows the one message of PLAIN: RFC 4616 section 2, no authorization identity, UTF-8.
import { expect, it } from 'vitest'
import { plain } from '../../../wire/sasl/plain.ts'

it('PLAIN sends name and password between NULs', async () => {
  const said: Buffer[] = []
  await plain('tim', 'tanstaaftanstaaf ✏').converse(async message => {
    said.push(message)
    return Buffer.alloc(0)
  })
  expect(said).toEqual([Buffer.from('\0tim\0tanstaaftanstaaf ✏')])
})
