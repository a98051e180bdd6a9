// Findings as people read them: one check once, with all that it hit.
import type { Finding } from '../finding.ts'

export interface FindingGroup extends Pick<Finding, 'check' | 'family' | 'severity' | 'title' | 'risk'> {
  readonly hits: readonly Finding[]
}

export function grouped(findings: readonly Finding[]): FindingGroup[] {
  const byCheck = Map.groupBy(findings, ({ check, severity }) => `${severity} ${check}`)
  return [...byCheck.values()].map(hits => {
    const { check, family, severity, title, risk } = hits[0]!
    return { check, family, severity, title, risk, hits }
  })
}
