// The metrics that a test will have, before it has begun: what its thresholds can name.
import type { ScenarioModel, TestModel } from '../scenario/model.ts'
import { builtInMetrics } from '../script/metrics.ts'
import type { ScriptMetric } from '../script/registry.ts'
import type { MetricDefinition, MetricDefinitions } from '../verdict/thresholds/readings.ts'
import type { DeclarativeScenario } from './bench-of-scenario.ts'
import { declarativeDefinitions } from './scenario-source.ts'
import { definitionsOfAll } from './test-metrics.ts'

export const isDeclarative = (scenario: ScenarioModel): scenario is DeclarativeScenario =>
  scenario.lane === 'declarative'

/** Tags and metrics of a scenario without a function. */
export function taggedOf({ tags }: TestModel, scenario: DeclarativeScenario) {
  return {
    tags: { ...tags, ...scenario.tags, scenario: scenario.name, topic: scenario.topic.name },
    definitions: declarativeDefinitions(scenario.role),
  }
}

/** Samples of a script can carry any tag. */
export function scriptDefinitions(ofScript: readonly ScriptMetric[]): MetricDefinitions {
  const own = ofScript.map(({ name, kind, isTime }): [string, MetricDefinition] => [
    name,
    { kind, unit: isTime ? 'ms' : 'none', help: 'Of the script.' },
  ])
  return { ...builtInMetrics, ...Object.fromEntries(own) }
}

export function testDefinitions(model: TestModel, ofScript: readonly ScriptMetric[]): MetricDefinitions {
  const declarative = definitionsOfAll(model.scenarios.filter(isDeclarative).map(scenario => taggedOf(model, scenario)))
  const isScripted = model.scenarios.some(scenario => !isDeclarative(scenario))
  return isScripted ? { ...declarative, ...scriptDefinitions(ofScript) } : declarative
}
