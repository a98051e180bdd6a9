// The tags of a sample: those of the test and the scenario, over them those of the VU, over them its own.
import type { VuContext } from './context.ts'

export function sampleTags(
  { scenario, tags, group }: VuContext,
  own: Readonly<Record<string, string | number | boolean>>,
): Record<string, string> {
  const all: Record<string, string> = { ...scenario?.tags, ...tags }
  if (group !== '') all.group = group
  for (const [name, value] of Object.entries(own)) all[name] = String(value)
  if (scenario !== undefined) all.scenario = scenario.name
  return all
}
