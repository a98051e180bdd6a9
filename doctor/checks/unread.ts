// What could not be read, which no check has seen: a report without findings must not come from missing rights.
import type { Check } from '../finding.ts'

export const unreadChecks: readonly Check[] = [
  {
    id: 'not-examined',
    severity: 'warning',
    title: 'A part of the cluster could not be read',
    risk: 'What is wrong there is not in this report.',
    find: ({ cluster, commands }) =>
      (cluster?.gaps ?? []).map(({ about, name, reason, message }) => ({
        subject: `${about} ${name}`,
        evidence: `${reason}: ${message}`,
        fix:
          reason === 'authorization'
            ? commands.tool(
                'kafka-acls',
                `--add --allow-principal User:NAME --operation DescribeConfigs --operation Describe ${aclTarget[about] ?? '--cluster'}`,
              )
            : commands.millrace('doctor', '  # again, when it answers'),
      })),
  },
]

const aclTarget: Readonly<Partial<Record<string, string>>> = {
  topic: "--topic '*'",
  partition: "--topic '*'",
  group: "--group '*'",
}
