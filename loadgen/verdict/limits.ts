// Every limit that decides whether a run is valid, in one place; docs/validity.md says why each is what it is.

/** Of what the schedule asked for, this share may be missing at the end of the measured time. */
export const shortfallShareMax = 0.01
/** Or so many seconds of load, whichever is more: what is in flight at the edge of a short run is not missing. */
export const shortfallSecMax = 0.1
/** A producer that could not go on for this share of the time was held up by the brokers. */
export const heldUpPercentMin = 50
/**
 * Or, of a run that fell short by little, for so many times the share that is missing: just above what the brokers take, their queue only
 * fills up by and by.
 */
export const heldUpPerMissing = 10
/** A thread that ran, or wanted to run and could not, for this share of the time had no more to give. */
export const saturatedPercentMin = 85
/** Of a generator that fell behind: a worker that waited for a processor for this share of the time was starved by others. */
export const starvedPercentMin = 20
/** Steal over the measured time, share of the machine. */
export const stealPercentMax = 2
/** Steal in one window, share of the machine. */
export const stealWindowPercentMax = 10
/** CPU of others, share of the machine (generator and brokers left out)... */
export const othersPercentMax = 10
/** ...together with this share of the time in which a worker waited for a processor. */
export const othersRunQueuePercentMin = 5
/** A step of the wall clock. A clock that is slewed (adjtime, 500 ppm) moves half a millisecond a second. */
export const clockJumpMsMin = 20
/** Periods of the container's CPU quota in which it was used up. */
export const throttledPeriodsPercentMin = 5
/** Lateness that is no more than a timer and a garbage collection is not worth a verdict. */
export const latenessMsMin = 10
/** Lateness beyond the linger that is this share of the response: then the response is about the generator. */
export const latenessShareMin = 0.5
/** Of a script: garbage collection that takes less of the time cannot be why one iteration of a hundred was slow. */
export const gcPercentMin = 1
/** Brokers that held a worker up for less than this share of the time cannot be why one record of a hundred was late. */
export const latenessHeldUpPercentMax = 1
