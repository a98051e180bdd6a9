// A setting of the agent, as data: the table of settings gives flags, environment, the file with its schema and reference.
import type { Parsed } from '../core/units.ts'

export interface Setting<T = unknown> {
  /** In help: `time`, `N`, `pattern`. */
  readonly placeholder: string
  readonly help: string
  /** What stands for it when it is left out, as a user would write it; undefined: nothing does. */
  readonly fallback: string | undefined
  readonly parse: (text: string) => Parsed<T>
  /** All that it may be; undefined: any text that can be read. */
  readonly words?: readonly string[]
  /** Given any number of times; its value is a list. */
  readonly isList?: boolean
}

export type SettingTable = Readonly<Record<string, Setting>>

export type ValueOf<S> = S extends { readonly isList: true; readonly parse: (text: string) => Parsed<infer T> }
  ? readonly T[]
  : S extends { readonly fallback: string; readonly parse: (text: string) => Parsed<infer T> }
    ? T
    : S extends { readonly parse: (text: string) => Parsed<infer T> }
      ? T | undefined
      : never

/** Plain data: it is posted to threads. */
export type ValuesOf<S extends SettingTable> = { readonly [K in keyof S]: ValueOf<S[K]> }
