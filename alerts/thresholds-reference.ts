// The file that users copy: every threshold with its default and what it means, and how to write overrides.
import { runbooksDefault } from './runbooks.ts'
import { type ThresholdName, thresholdNames, thresholdTable } from './thresholds.ts'

const top = `# Thresholds of the alerts, with their defaults. Made from alerts/thresholds.ts: copy it, keep what you change, and render the rules:
#
#   millrace alerts render --thresholds my.yaml --out rules/
#
# What is left out keeps its default.

# What the name of an alert and ".md" are put behind, for its runbook_url: the address of a folder, of your wiki if you copy them there.
runbooks: ${runbooksDefault}

thresholds:
`

const bottom = `
# Other thresholds for what has certain labels, or alerts that are off for it. Labels are cluster, group, topic, broker and those of
# the other alerts; values are regular expressions that fit the whole. Of the overrides that fit, the first counts.
# One that changes a threshold that ends in -for gives its alerts a label more: override="group=~nightly-.*".
overrides: []
#  - match: { group: 'nightly-.*' }
#    thresholds: { lag-max: 12h, catch-up-max: 8h }
#  - match: { topic: 'scratch-.*' }
#    off: [MillraceUnderReplicatedPartitions, MillraceConsumerGroupRetentionRisk]
#  - match: { cluster: dev }
#    off: all
`

export function thresholdsReference(): string {
  const lines = thresholdNames.map((name: ThresholdName) => {
    const { fallback, help, kind } = thresholdTable[name]
    return `  # ${help}\n  ${name}: ${kind === 'pattern' ? `'${fallback}'` : fallback}\n`
  })
  return `${top}${lines.join('')}${bottom}`
}
