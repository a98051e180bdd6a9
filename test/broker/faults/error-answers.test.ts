// Shows that for every API in every version an error answer can be made that encodes, holds the code, and lists what the
// request lists; and which APIs a partition can be taken out of.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusal, refuseIn } from '../../../broker/faults/error-answers.ts'
import { hasTopics, namesAny, withOnly } from '../../../broker/faults/named-topics.ts'
import { produce } from '../../../wire/apis/00-produce.ts'
import { fetch } from '../../../wire/apis/01-fetch.ts'
import { findCoordinator } from '../../../wire/apis/10-find-coordinator.ts'
import { joinGroup } from '../../../wire/apis/11-join-group.ts'
import { leaveGroup } from '../../../wire/apis/13-leave-group.ts'
import { createTopics } from '../../../wire/apis/19-create-topics.ts'
import { deleteTopics } from '../../../wire/apis/20-delete-topics.ts'
import { initProducerId } from '../../../wire/apis/22-init-producer-id.ts'
import { addPartitionsToTxn } from '../../../wire/apis/24-add-partitions-to-txn.ts'
import { apis } from '../../../wire/apis/index.ts'
import { decodeResponse, encodeResponse } from '../../../wire/frame.ts'
import type { Api } from '../../../wire/schema.ts'
import { requestOf, versionsOf } from '../../wire/arbitrary.ts'

const code = 6
const noIds = () => undefined
const every = apis.flatMap(api => versionsOf(api).map(version => ({ api, version, title: `${api.name} v${version}` })))

/** As the client reads it. */
function roundTrip(api: Api, version: number, answer: Record<string, unknown>): Record<string, unknown> {
  const frame = Buffer.concat(encodeResponse(api, version, 1, answer)).subarray(4)
  return decodeResponse(api, version, frame).body as Record<string, unknown>
}

describe('an error answer', () => {
  it.each(every)('$title: encodes for any request', ({ api, version }) => {
    fc.assert(
      fc.property(requestOf(api, version), request => {
        roundTrip(api, version, refusal(api, request, code))
      }),
      { numRuns: 15 },
    )
  })

  const noBatch = Buffer.alloc(0)
  const listed = [
    {
      api: produce,
      version: 9,
      request: { topicData: [{ name: 't', partitionData: [{ index: 4, records: noBatch }] }] },
      answer: { responses: [{ name: 't', partitionResponses: [{ index: 4, errorCode: code, recordErrors: [] }] }] },
    },
    {
      api: fetch,
      version: 12,
      request: { topics: [{ topic: 't', partitions: [{ partition: 2 }] }] },
      answer: { errorCode: 0, responses: [{ topic: 't', partitions: [{ partitionIndex: 2, errorCode: code }] }] },
    },
    {
      api: createTopics,
      version: 5,
      request: { topics: [{ name: 't', assignments: [], configs: [{ name: 'a', value: 'b' }] }] },
      answer: { topics: [{ name: 't', errorCode: code }] },
    },
    {
      api: deleteTopics,
      version: 3,
      request: { topicNames: ['t', 'u'] },
      answer: {
        responses: [
          { name: 't', errorCode: code },
          { name: 'u', errorCode: code },
        ],
      },
    },
    {
      api: joinGroup,
      version: 7,
      request: { groupId: 'g', memberId: 'm' },
      answer: { errorCode: code, memberId: 'm' },
    },
    {
      api: leaveGroup,
      version: 4,
      request: { members: [{ memberId: 'm' }] },
      answer: { errorCode: 0, members: [{ memberId: 'm', errorCode: code }] },
    },
    { api: initProducerId, version: 4, request: { transactionalId: 'x', producerId: 5 }, answer: { errorCode: code } },
    {
      api: findCoordinator,
      version: 4,
      request: { coordinatorKeys: ['g'] },
      answer: { coordinators: [{ key: 'g', errorCode: code }] },
    },
    {
      api: addPartitionsToTxn,
      version: 3,
      request: { v3AndBelowTopics: [{ name: 't', partitions: [0, 7] }] },
      answer: {
        resultsByTopicV3AndBelow: [
          {
            name: 't',
            resultsByPartition: [
              { partitionIndex: 0, partitionErrorCode: code },
              { partitionIndex: 7, partitionErrorCode: code },
            ],
          },
        ],
      },
    },
  ]
  it.each(listed)(
    '$api.name lists what was asked for, with the code at the item',
    ({ api, version, request, answer }) => {
      expect(roundTrip(api as unknown as Api, version, refusal(api as unknown as Api, request, code))).toMatchObject(
        answer,
      )
    },
  )
})

describe('the partitions that a request names', () => {
  const request = {
    acks: 1,
    topicData: [
      { name: 'a', topicId: 'x', partitionData: [{ index: 0 }, { index: 1 }] },
      { name: '', topicId: 'id-of-b', partitionData: [{ index: 0 }] },
    ],
  }
  const nameOf = (topicId: string) => (topicId === 'id-of-b' ? 'b' : undefined)

  it('are found by name and by id', () => {
    const names = (topic: string, index: number) =>
      namesAny(request, nameOf, (name, partition) => name === topic && partition === index)
    expect([names('a', 1), names('a', 2), names('b', 0), names('b', 1)]).toEqual([true, false, true, false])
  })

  it('can be taken apart: what is wanted and the rest make the whole', () => {
    const isWanted = (name: string, partition: number | undefined) => name === 'a' && partition === 0
    expect(withOnly(request, nameOf, isWanted)).toEqual({
      acks: 1,
      topicData: [{ name: 'a', topicId: 'x', partitionData: [{ index: 0 }] }],
    })
    const rest = withOnly(request, nameOf, (name, partition) => !isWanted(name, partition))
    expect(rest).toEqual({
      acks: 1,
      topicData: [{ name: 'a', topicId: 'x', partitionData: [{ index: 1 }] }, request.topicData[1]],
    })
    expect([hasTopics(rest), hasTopics(withOnly(request, nameOf, () => false))]).toEqual([true, false])
  })

  it('inside lists of transactions', () => {
    const many = { transactions: [{ transactionalId: 't', topics: [{ name: 'a', partitions: [1, 2] }] }] }
    expect(namesAny(many, noIds, (name, partition) => name === 'a' && partition === 2)).toBe(true)
    expect(withOnly(many, noIds, (_, partition) => partition === 2)).toEqual({
      transactions: [{ transactionalId: 't', topics: [{ name: 'a', partitions: [2] }] }],
    })
  })
})

describe('an answer that is refused afterwards', () => {
  const answer = () => ({
    errorCode: 0,
    responses: [
      {
        topic: 't',
        partitions: [
          { partitionIndex: 0, errorCode: 0, records: Buffer.from('batch') },
          { partitionIndex: 1, errorCode: 0, records: Buffer.from('batch') },
        ],
      },
    ],
  })

  it('has the code and no records where the fault is', () => {
    const made = answer()
    refuseIn(fetch, made, code, noIds, (_, partition) => partition === 1)
    const [first, second] = made.responses[0]!.partitions
    expect([first!.errorCode, first!.records.length, second!.errorCode, second!.records.length]).toEqual([
      0,
      5,
      code,
      0,
    ])
  })

  it('has it everywhere when the fault is for all', () => {
    const made = answer()
    refuseIn(fetch, made, code, noIds, undefined)
    expect(made.responses[0]!.partitions.map(({ errorCode }) => errorCode)).toEqual([code, code])
    expect(made.errorCode).toBe(0)
  })
})
