// The offset between two clocks, as an interval that cannot be wrong: theirs minus ours.
//
// A question is heard after it was asked: heard - asked >= offset. An answer comes after it was given:
// answered - came <= offset. So each exchange gives both ends, and its width is the time that it spent on the way, whichever way took
// longer (NTP, RFC 5905, takes the middle and supposes that both took the same). What holds at all times holds at once: exchanges
// are intersected, an old one widened by as much as two clocks may have drifted apart since.

export interface Exchange {
  /** By our clock, microseconds. */
  readonly askedUs: number
  readonly cameUs: number
  /** By theirs. */
  readonly heardUs: number
  readonly answeredUs: number
}

export interface Offset {
  /** Theirs minus ours, microseconds: the middle of what is possible. */
  readonly offsetUs: number
  /** It is off by no more than this. */
  readonly errorUs: number
}

/** As fast as a kernel slews its clock (adjtimex: 500 ppm), which is far more than crystals differ. */
export const driftPpmMax = 500

export class OffsetEstimate {
  exchanges = 0
  /** Exchanges that contradict the ones before: a clock was set meanwhile, and counting begins anew. */
  steps = 0
  roundTripUsMin = Number.POSITIVE_INFINITY
  #lowUs = Number.NEGATIVE_INFINITY
  #highUs = Number.POSITIVE_INFINITY
  #atUs = 0

  add({ askedUs, heardUs, answeredUs, cameUs }: Exchange): void {
    // Each end holds at a moment of its own; by the time the answer has come both may have moved on.
    const movedUs = driftUsIn(cameUs - askedUs)
    const low = answeredUs - cameUs - movedUs
    const high = heardUs - askedUs + movedUs
    this.roundTripUsMin = Math.min(this.roundTripUsMin, cameUs - askedUs - (answeredUs - heardUs))
    const widened = this.#driftUs(cameUs)
    this.exchanges++
    const lowUs = Math.max(low, this.#lowUs - widened)
    const highUs = Math.min(high, this.#highUs + widened)
    const isConsistent = lowUs <= highUs
    if (!isConsistent) this.steps++
    this.#lowUs = isConsistent ? lowUs : low
    this.#highUs = isConsistent ? highUs : high
    this.#atUs = cameUs
  }

  /** At a moment of our clock; undefined before the first exchange. */
  at(us: number): Offset | undefined {
    if (this.exchanges === 0) return undefined
    return {
      offsetUs: (this.#lowUs + this.#highUs) / 2,
      errorUs: (this.#highUs - this.#lowUs) / 2 + this.#driftUs(us),
    }
  }

  #driftUs(us: number): number {
    return this.exchanges === 0 ? 0 : driftUsIn(us - this.#atUs)
  }
}

const driftUsIn = (us: number): number => (Math.max(0, us) * driftPpmMax) / 1e6
