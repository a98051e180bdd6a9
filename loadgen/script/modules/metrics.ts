// `k6/metrics`: metrics of the script's own.
import { MillraceError } from '../../../core/errors.ts'
import type { MetricKind } from '../../verdict/thresholds/readings.ts'
import { callerOf, throwIfInterrupted } from '../context.ts'
import { sampleTags } from '../samples.ts'

class Metric {
  readonly name: string
  readonly #kind: MetricKind

  constructor(name: string, kind: MetricKind, isTime: boolean) {
    this.name = name
    this.#kind = kind
    callerOf(`new ${kind}("${name}")`).registry.declare({ name, kind, isTime })
  }

  /** Of a rate, true counts as 1 and false as 0. */
  add(value: number | boolean, tags: Readonly<Record<string, string | number | boolean>> = {}): void {
    const caller = callerOf(`add of ${this.name}`)
    throwIfInterrupted(caller)
    const number = Number(value)
    if (Number.isNaN(number))
      throw new MillraceError('SCRIPT_EXCEPTION', `${this.name}.add(${String(value)}): not a number`)
    if (this.#kind === 'counter' && number < 0) {
      throw new MillraceError('SCRIPT_EXCEPTION', `${this.name}.add(${number}): a counter does not go down`)
    }
    caller.registry.add(this.name, number, sampleTags(caller, tags))
  }
}

/** A sum. */
export class Counter extends Metric {
  constructor(name: string, isTime = false) {
    super(name, 'counter', isTime)
  }
}

/** The last value, with its least and its most. */
export class Gauge extends Metric {
  constructor(name: string, isTime = false) {
    super(name, 'gauge', isTime)
  }
}

/** The share of values that are not zero. */
export class Rate extends Metric {
  constructor(name: string, isTime = false) {
    super(name, 'rate', isTime)
  }
}

/** A distribution. `isTime`: its values are milliseconds. */
export class Trend extends Metric {
  constructor(name: string, isTime = false) {
    super(name, 'trend', isTime)
  }
}
