// The gate for machines of CI: JUnit with a test case a metric, and annotations of GitHub Actions.
import type { GateMetricOutcome, GateOutcome } from '../../verdict/gate/model.ts'
import { metricSentence } from '../../verdict/gate/overall.ts'
import { type Annotation, annotationsText } from '../github.ts'
import { type JunitCase, junitOfSuites } from '../junit.ts'
import { planText, titleOf, verdictSentences } from './words.ts'

/** A regression is a failure; what could not be decided is skipped, with what it would take. */
export function gateJunit(gate: GateOutcome): string {
  const { errors, metrics, verdict, startedAt } = gate
  const gated = metrics.filter(metric => metric.gated)
  const seconds = 0
  const name = `millrace gate ${titleOf(gate)}`
  return junitOfSuites([
    { name, seconds, startedAt, cases: [runsCase(gate), errorsCase(errors), ...gated.map(metricCase)] },
  ])

  function runsCase({ reasons }: GateOutcome): JunitCase {
    const text = reasons.map(({ code, message }) => `${code}: ${message}`).join('\n')
    return {
      className: 'gate',
      name: 'the runs can be compared',
      ...(verdict === 'invalid' && { failure: { type: 'invalid', text } }),
      output: `${verdict}: ${planText(gate)}`,
    }
  }
}

function errorsCase({ verdict, messages, base, candidate }: GateOutcome['errors']): JunitCase {
  const text = `runs that failed: ${base} of the base, ${candidate} of the candidate\n${messages.join('\n')}`
  return {
    className: 'gate',
    name: 'errors',
    ...(verdict === 'regression' && { failure: { type: 'regression', text } }),
    ...(verdict === 'inconclusive' && { skipped: `inconclusive: ${text}` }),
    output: text,
  }
}

function metricCase(metric: GateMetricOutcome): JunitCase {
  const { name, verdict, limitPercent, better, toDecide, detectablePercent } = metric
  const text = metricSentence(metric)
  const detectable = detectablePercent === null ? 'none' : `${detectablePercent.toFixed(1)} %`
  return {
    className: 'gate',
    name: `${name} - ${better === 'higher' ? '−' : '+'}${limitPercent} %`,
    ...(verdict === 'regression' && { failure: { type: 'regression', text } }),
    ...(verdict === 'inconclusive' && { skipped: `inconclusive: ${text}; it would take ${toDecide ?? 'more'}` }),
    output: `${verdict}: ${text}; minimum detectable effect ${detectable}`,
  }
}

/** An error for each metric that is worse, a warning where nothing could be decided, a notice with the verdict. */
export function gateAnnotations(gate: GateOutcome): string {
  const { verdict, reasons, toDecide } = gate
  const level = verdict === 'regression' || verdict === 'invalid' ? 'error' : 'warning'
  const title = (code: string) => `millrace gate: ${verdict}, ${code}`
  const told: Annotation[] =
    verdict === 'pass' || verdict === 'improvement'
      ? []
      : reasons.map(({ code, message }) => ({ level, title: title(code), text: message }))
  const advice: Annotation[] =
    toDecide === undefined ? [] : [{ level: 'warning', title: 'millrace gate: it would take', text: toDecide }]
  const text = `${titleOf(gate)}: ${verdictSentences[verdict]}. ${planText(gate)}`
  return annotationsText([...told, ...advice, { level: 'notice', title: `millrace gate: ${verdict}`, text }])
}
