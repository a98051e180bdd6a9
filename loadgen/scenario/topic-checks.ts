// What scenarios of one test do to each other through their topics. A roundtrip holds the growth of its topic against what it sent
// itself, and what it reads against what it wrote: nobody else may write there.
import type { ConfigProblem } from '../../core/errors.ts'
import type { ScenarioModel, TestModel } from './model.ts'
import { isWhole } from './segment.ts'

/** Paths as in a document: scenarios.NAME.kafka.topic. */
export function topicProblems({ scenarios, segment }: Pick<TestModel, 'scenarios' | 'segment'>): ConfigProblem[] {
  const writing = scenarios.filter(writes)
  return scenarios.filter(isRoundtrip).flatMap(scenario => {
    const path = `scenarios.${scenario.name}.kafka.topic`
    const name = scenario.topic?.name
    const others = writing.filter(other => other !== scenario && other.topic?.name === name)
    const problems = others.map(other => ({
      path,
      message: `${name} is written by ${other.name} too: a roundtrip accounts for its topic and needs one of its own (or is two scenarios, one that produces and one that consumes)`,
    }))
    if (!isWhole(segment) && scenario.topic?.create === undefined) {
      problems.push({
        path,
        message: `${name} is written by the other parts of the test too: a roundtrip needs a topic of its own`,
      })
    }
    return problems
  })
}

const isRoundtrip = ({ lane, role }: ScenarioModel): boolean => lane === 'declarative' && role === 'roundtrip'

/** A script may write wherever it likes; one with a topic of its own is taken at its word. */
const writes = ({ lane, role, topic }: ScenarioModel): boolean =>
  topic !== undefined && (lane === 'scripted' || role !== 'consume')
