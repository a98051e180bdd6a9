// What the thread of an embedded broker and the thread that started it say to each other.
import type { ErrorCode } from '../core/errors.ts'
import type { CommandName } from './commands.ts'
import type { BrokerAddress } from './running.ts'

export type ToWorker =
  | { readonly kind: 'run'; readonly id: number; readonly name: CommandName; readonly args: readonly unknown[] }
  | { readonly kind: 'close' }

interface Failure {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
}

export type FromWorker =
  | { readonly kind: 'ready'; readonly brokers: readonly BrokerAddress[] }
  | ({ readonly kind: 'failed' } & Failure)
  | { readonly kind: 'notice'; readonly line: string }
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  | ({ readonly kind: 'refused'; readonly id: number } & Failure)
