// A fault of every kind that there is, as text and as the object that it stands for, for tests of the ways in: code, flag, control
// endpoint. They wait an hour: what each does is shown elsewhere.
import type { Fault, FaultEffect } from '../../../broker/faults/fault.ts'

const every: {
  readonly [K in FaultEffect['kind']]: readonly [rule: string, effect: Extract<FaultEffect, { kind: K }>]
} = {
  delay: ['by=50ms,jitter=10ms', { kind: 'delay', ms: 50, jitterMs: 10 }],
  stall: ['', { kind: 'stall' }],
  error: ['code=REQUEST_TIMED_OUT', { kind: 'error', code: 'REQUEST_TIMED_OUT' }],
  drop: ['when=answer', { kind: 'drop', when: 'answer' }],
  lose: ['', { kind: 'lose' }],
  repeat: ['', { kind: 'repeat' }],
  truncate: ['', { kind: 'truncate' }],
  'corrupt-crc': ['', { kind: 'corrupt-crc' }],
  throttle: ['by=100ms', { kind: 'throttle', ms: 100 }],
  'slow-disk': ['rate=10MB/s', { kind: 'slow-disk', bytesPerSec: 10_000_000 }],
  'move-leader': ['to=2', { kind: 'move-leader', to: 2 }],
  'shrink-isr': ['out=2', { kind: 'shrink-isr', out: 2 }],
  'expand-isr': ['', { kind: 'expand-isr' }],
  'stop-broker': ['broker=2', { kind: 'stop-broker' }],
  'start-broker': ['broker=2', { kind: 'start-broker' }],
}

export const faultsOfEveryKind: readonly { readonly rule: string; readonly fault: Fault }[] = Object.entries(every).map(
  ([kind, [more, effect]]) => {
    const match = more.startsWith('broker=') ? { broker: 2 } : {}
    return { rule: [`${kind}:after=1h`, more].filter(Boolean).join(','), fault: { match, effect, afterMs: 3_600_000 } }
  },
)
