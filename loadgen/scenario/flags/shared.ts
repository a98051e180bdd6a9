// What the flags of `millrace bench` share: the runs they belong to, and parsers with the bounds of Kafka's types.
import { parseDuration, parseSize } from '../../../core/units.ts'
import type { BenchMode } from '../../plan.ts'
import { bounded } from '../parsers.ts'

export const all: readonly BenchMode[] = ['produce', 'consume', 'roundtrip']
export const producing: readonly BenchMode[] = ['produce', 'roundtrip']
export const fetching: readonly BenchMode[] = ['consume', 'roundtrip']
export const consuming: readonly BenchMode[] = ['consume']

export const int32Max = 2 ** 31 - 1
export const dayMs = 86_400_000
export const timer = bounded(parseDuration, 1, int32Max, 'between 1ms and 24d')
export const int32Size = (min: number, minText: string) =>
  bounded(parseSize, min, int32Max, `between ${minText} and 2GiB - 1`)
/** Kafka's own properties count milliseconds without a unit. */
export const msToText = (text: string) => (/^\d+$/.test(text.trim()) ? `${text.trim()}ms` : text)
