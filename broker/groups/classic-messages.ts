// What members of a classic group ask and are told.

export interface JoinProtocol {
  readonly name: string
  readonly metadata: Buffer
}

export interface JoinRequest {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocolType: string
  readonly protocols: readonly JoinProtocol[]
  /** KIP-394: a member without an id gets one and has to come back with it. */
  readonly isMemberIdRequired: boolean
  /** KIP-814 */
  readonly canSkipAssignment: boolean
}

export interface SyncRequest {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignments: ReadonlyMap<string, Buffer>
}

export interface JoinAnswer {
  readonly errorCode: number
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leader: string
  readonly skipAssignment: boolean
  readonly memberId: string
  readonly members: readonly { memberId: string; groupInstanceId: string | null; metadata: Buffer }[]
}

export interface SyncAnswer {
  readonly errorCode: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignment: Buffer
}

export const noAssignment = Buffer.alloc(0)

export function joinError(errorCode: number, memberId: string): JoinAnswer {
  const none = { generationId: -1, protocolType: null, protocolName: null, leader: '', skipAssignment: false }
  return { errorCode, ...none, memberId, members: [] }
}

export function syncError(errorCode: number): SyncAnswer {
  return { errorCode, protocolType: null, protocolName: null, assignment: noAssignment }
}
