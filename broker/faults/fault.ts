// What a fault is, as data: whom it is for, what happens, when and how often. The same object comes from code, from the
// control endpoint as JSON, and from the command line as text (text.ts).

/** All that are given must hold. A trailing * in a client id or topic stands for any ending. */
export interface FaultMatch {
  /** An API by its name: Produce, Fetch, JoinGroup. */
  readonly api?: string
  readonly clientId?: string
  readonly topic?: string
  readonly partition?: number
  readonly broker?: number
}

/** What happens to a request. */
export type RequestEffect =
  /** The broker takes this long, plus up to `jitterMs`. */
  | { readonly kind: 'delay'; readonly ms: number; readonly jitterMs?: number }
  /** Nothing is answered while it lasts; at its end everything held is handled in the order of arrival. */
  | { readonly kind: 'stall' }
  /** Refused with a Kafka error by name; what the request asks for is not done. */
  | { readonly kind: 'error'; readonly code: string }
  /** The connection closes: before the request is handled, or after it, when it was done and the answer is lost. */
  | { readonly kind: 'drop'; readonly when?: 'request' | 'answer' }
  /** A produce request is acknowledged and not stored: what a broker does that loses its disk. */
  | { readonly kind: 'lose' }
  /** A produce request is stored twice and answered once. */
  | { readonly kind: 'repeat' }
  /** Half of the answer goes out, then the connection closes. */
  | { readonly kind: 'truncate' }
  /** A byte of every record batch is changed on the way: in for Produce, out for Fetch. */
  | { readonly kind: 'corrupt-crc' }
  /** The answer says that the client is to pause, and the broker does not read from it for so long (KIP-219). */
  | { readonly kind: 'throttle'; readonly ms: number }
  /**
   * Produced and fetched record bytes pass at this rate, all connections together. A token bucket: time in which nothing came is made up
   * for by up to `burstMs`, so that the rate holds however requests come.
   */
  | { readonly kind: 'slow-disk'; readonly bytesPerSec: number; readonly burstMs?: number }

/** What happens to the cluster; undone when `forMs` is over. */
export type ClusterEffect =
  /** To this broker, or to the next in sync. */
  | { readonly kind: 'move-leader'; readonly to?: number }
  /** This broker leaves the ISR, or the last that does not lead. */
  | { readonly kind: 'shrink-isr'; readonly out?: number }
  | { readonly kind: 'expand-isr' }
  | { readonly kind: 'stop-broker' }
  | { readonly kind: 'start-broker' }

export type FaultEffect = RequestEffect | ClusterEffect
export type FaultKind = FaultEffect['kind']

export interface Fault {
  readonly match?: FaultMatch
  readonly effect: FaultEffect
  /** At most so many requests (in each period, with `everyMs`); for the cluster: so many times. */
  readonly times?: number
  /** From when it is added; at once when left out. */
  readonly afterMs?: number
  /** How long it lasts; until it is removed when left out. */
  readonly forMs?: number
  /** It comes back so long after it began. */
  readonly everyMs?: number
  /** Of the requests, drawn from the seed. */
  readonly percent?: number
}

export interface FaultStatus {
  readonly id: string
  readonly fault: Fault
  readonly state: 'waiting' | 'active' | 'over'
  /** Requests it has had a hand in, or times it changed the cluster. */
  readonly hits: number
}

const clusterKinds: ReadonlySet<FaultKind> = new Set([
  'move-leader',
  'shrink-isr',
  'expand-isr',
  'stop-broker',
  'start-broker',
] satisfies ClusterEffect['kind'][])

export const isClusterEffect = (effect: FaultEffect): effect is ClusterEffect => clusterKinds.has(effect.kind)

/** `orders-*` is every name that begins with `orders-`. */
export function matchesName(pattern: string | undefined, name: string): boolean {
  if (pattern === undefined) return true
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}
