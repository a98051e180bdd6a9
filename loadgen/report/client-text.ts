// The client under test in the summary, and what it does otherwise than it was asked.
import type { ClientResult } from '../result.ts'
import { labelled, line } from './lines.ts'

export function clientLines(client: ClientResult | undefined): string[] {
  if (client === undefined) return []
  const { name, package: packageName, version, notHonoured, byMillrace } = client
  const shown = name === packageName ? name : `${name} (${packageName})`
  return [
    line('client', `${shown} ${version}`),
    ...notHonoured.flatMap(({ setting, why }) => labelled('', `not honoured: ${setting}: ${why}`)),
    ...(byMillrace.length === 0 ? [] : labelled('', `kept by millrace in its place: ${byMillrace.join(', ')}`)),
  ]
}
