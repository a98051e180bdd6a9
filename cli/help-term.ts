// How a flag stands in the help of every command.
import type { Option } from 'commander'

/** The help says what is meant: a value is not optional at all. */
export const helpTerm = (option: Option): string => option.flags.replace(/\[(.*)\]$/, '<$1>')
