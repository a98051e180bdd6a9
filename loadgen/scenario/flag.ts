// What a flag is: one entry of a table that drives the command line, the environment, the check and the help, so that
// nothing about a flag is written twice. Its name is its key in the table: recordSize is --record-size.
import type { Parsed } from '../../core/units.ts'
import type { BenchMode } from '../plan.ts'

interface Described {
  /** Heading in the help. */
  readonly group: string
  readonly help: string
  readonly modes: readonly BenchMode[]
}

/** A Java client property that says the same, taken from --command-config or --property where the flag is absent. */
export interface PropertyHint {
  readonly name: string
  /** From the property's notation to the flag's. */
  readonly toText?: (text: string) => string
}

export interface ValueFlag<Value, Default extends string | undefined = string | undefined> extends Described {
  readonly kind: 'value'
  /** How the help writes the value: `<time>`. */
  readonly placeholder: string
  readonly parse: (text: string) => Parsed<Value>
  /** As a user would write it; goes through the same parser and into the help. */
  readonly fallback: Default
  /** Said in the help instead of a fallback that depends on other flags. */
  readonly fallbackText?: string
  readonly property?: PropertyHint
  /** What the flag means without a value; absent: it needs one. */
  readonly bare?: string
}

export interface ListFlag<Value> extends Described {
  readonly kind: 'list'
  readonly placeholder: string
  readonly parse: (text: string) => Parsed<Value>
}

export interface SwitchFlag extends Described {
  readonly kind: 'switch'
  readonly property?: PropertyHint
}

export type Flag = ValueFlag<unknown> | ListFlag<unknown> | SwitchFlag
export type FlagTable = Readonly<Record<string, Flag>>

type ValueOf<Entry> = Entry extends { readonly kind: 'switch' }
  ? boolean
  : Entry extends ListFlag<infer Value>
    ? readonly Value[]
    : Entry extends ValueFlag<infer Value, infer Default>
      ? Default extends string
        ? Value
        : Value | undefined
      : never

/** The values of a table's flags, by key. */
export type OptionsOf<Table extends FlagTable> = { readonly [Key in keyof Table]: ValueOf<Table[Key]> }

type Unset<Entry> = Omit<Entry, 'kind' | 'fallback'>

export const withDefault = <Value, Default extends string>(
  fallback: Default,
  entry: Unset<ValueFlag<Value, Default>>,
): ValueFlag<Value, Default> => ({ ...entry, kind: 'value', fallback })

export const optional = <Value>(entry: Unset<ValueFlag<Value, undefined>>): ValueFlag<Value, undefined> => ({
  ...entry,
  kind: 'value',
  fallback: undefined,
})

export const list = <Value>(entry: Omit<ListFlag<Value>, 'kind'>): ListFlag<Value> => ({ ...entry, kind: 'list' })

export const toggle = (entry: Omit<SwitchFlag, 'kind'>): SwitchFlag => ({ ...entry, kind: 'switch' })

/** recordSize -> record-size */
export const flagName = (key: string): string => key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
