// Facts in, findings out: every check, less what its users have accepted, and the verdict for a script.
import { matcherOf } from '../agents/matcher.ts'
import { checks } from './checks/index.ts'
import type { Facts } from './facts.ts'
import { type Finding, type Severity, severities } from './finding.ts'

export interface ExamineOptions {
  /** `check` or `check:subject`, with * for any text: known, and accepted. */
  readonly ignore: readonly string[]
  /** Findings at least this bad fail; undefined: none do. */
  readonly failOn: Severity | undefined
}

export interface DoctorReport {
  readonly kind: 'millrace-doctor'
  readonly version: 1
  readonly takenAt: string
  readonly clusterId: string | null
  /** What was looked at. */
  readonly examined: {
    readonly brokers: number
    readonly topics: number
    readonly partitions: number
    readonly groups: number
    readonly files: readonly string[]
    readonly checks: number
  }
  readonly counts: Readonly<Record<Severity, number>>
  /** The worst first, then by family. */
  readonly findings: readonly Finding[]
  /** Accepted by --ignore. */
  readonly ignored: number
  readonly failed: boolean
}

export function examine(facts: Facts, { ignore, failOn }: ExamineOptions, takenAtMs: number): DoctorReport {
  const all = findingsOf(facts)
  const isIgnored = ignoring(ignore)
  const findings = all.filter(finding => !isIgnored(finding))
  const count = (severity: Severity) => findings.filter(finding => finding.severity === severity).length
  const { cluster, servers, clients } = facts
  return {
    kind: 'millrace-doctor',
    version: 1,
    takenAt: new Date(takenAtMs).toISOString(),
    clusterId: cluster?.clusterId ?? null,
    examined: {
      brokers: cluster?.brokers.length ?? 0,
      topics: cluster?.topics.length ?? 0,
      partitions: cluster?.topics.reduce((sum, { partitions }) => sum + partitions.length, 0) ?? 0,
      groups: cluster?.groups.length ?? 0,
      files: [...servers, ...clients.map(({ settings }) => settings)].map(({ subject }) => subject),
      checks: [...checks.values()].flat().length,
    },
    counts: { critical: count('critical'), warning: count('warning'), notice: count('notice') },
    findings,
    ignored: all.length - findings.length,
    failed: failOn !== undefined && findings.some(({ severity }) => rankOf(severity) <= rankOf(failOn)),
  }
}

const rankOf = (severity: Severity): number => severities.indexOf(severity)

function findingsOf(facts: Facts): Finding[] {
  const found = [...checks].flatMap(([family, table]) =>
    table.flatMap(({ id: check, severity, title, risk, find }) =>
      find(facts).map((hit): Finding => ({ check, family, severity, title, risk, ...hit })),
    ),
  )
  return found.sort((a, b) => rankOf(a.severity) - rankOf(b.severity))
}

function ignoring(patterns: readonly string[]): (finding: Finding) => boolean {
  const rules = patterns.map(pattern => {
    const colon = pattern.indexOf(':')
    const [check, subject] = colon < 0 ? [pattern, '*'] : [pattern.slice(0, colon), pattern.slice(colon + 1)]
    return { isCheck: matcherOf({ allow: [check], deny: [] }), isSubject: matcherOf({ allow: [subject], deny: [] }) }
  })
  return ({ check, subject }) => rules.some(({ isCheck, isSubject }) => isCheck(check) && isSubject(subject))
}
