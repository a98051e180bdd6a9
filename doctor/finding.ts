// What a check finds. A check is a row of a table: what it is called, how bad it is, what can happen, and a pure function from
// facts to hits. Everything that is said of a hit by itself (who, by what evidence, what to do) is in the hit.
import type { Facts } from './facts.ts'

/** From what loses data or is broken now to what is merely unwise. */
export const severities = ['critical', 'warning', 'notice'] as const
export type Severity = (typeof severities)[number]

export type Family = 'cluster' | 'brokers' | 'security' | 'topics' | 'internal topics' | 'groups' | 'clients'

export interface Hit {
  /** What it is about: `topic orders`, `broker 1`, `producer.properties:3`. */
  readonly subject: string
  /** What was read, with its numbers. */
  readonly evidence: string
  /** A command of Kafka's own tools or of a shell. */
  readonly fix: string
  /** Where a hit weighs more or less than the check usually does. */
  readonly severity?: Severity
}

export interface Check {
  /** Stable: `--ignore` and scripts name it. */
  readonly id: string
  readonly severity: Severity
  /** What is wrong, in a few words. */
  readonly title: string
  /** What can happen, and when. */
  readonly risk: string
  readonly find: (facts: Facts) => readonly Hit[]
}

export interface Finding extends Hit {
  readonly check: string
  readonly family: Family
  readonly severity: Severity
  readonly title: string
  readonly risk: string
}
