// `k6/execution`: where a call is in the test.
import { MillraceError } from '../../../core/errors.ts'
import { callerOf, type ScenarioContext, type VuContext } from '../context.ts'
import { testControl } from '../test-control.ts'

const caller = () => callerOf('k6/execution')

function scenarioOf(what: string): ScenarioContext & { vu: VuContext } {
  const vu = caller()
  if (vu.scenario !== undefined) return { ...vu.scenario, vu }
  throw new MillraceError('SCRIPT_EXCEPTION', `exec.${what} is known only in an iteration`)
}

export const scenario = {
  get name() {
    return scenarioOf('scenario.name').name
  },
  get executor() {
    return scenarioOf('scenario.executor').executor
  },
  /** Milliseconds since the epoch. */
  get startTime() {
    return scenarioOf('scenario.startTime').startTimeMs
  },
  /** 0 to 1. */
  get progress() {
    return scenarioOf('scenario.progress').progress()
  },
  /** From 0, of this part of the test. */
  get iterationInInstance() {
    return scenarioOf('scenario.iterationInInstance').vu.iterationInInstance
  },
  /** From 0, over all parts of the test. */
  get iterationInTest() {
    return scenarioOf('scenario.iterationInTest').vu.iterationInTest
  },
}

export const vu = {
  get idInInstance() {
    return caller().id
  },
  get idInTest() {
    return caller().id
  },
  get iterationInInstance() {
    return Math.max(0, caller().iteration - 1)
  },
  get iterationInScenario() {
    return Math.max(0, caller().iteration - 1)
  },
  /** Set here, they are on every sample of this VU from then on. */
  get tags() {
    return caller().tags
  },
  metrics: {
    get tags() {
      return caller().tags
    },
  },
}

export const instance = {
  get iterationsCompleted() {
    return testControl().iterationsCompleted()
  },
  get vusActive() {
    return testControl().vusActive()
  },
  get vusInitialized() {
    return testControl().vusInitialized()
  },
  /** Milliseconds since the beginning of the test. */
  get currentTestRunDuration() {
    return testControl().elapsedMs()
  },
}

export const test = {
  /** Ends the test at once (exit code 108). teardown is still called. */
  abort(reason = 'test.abort()'): never {
    testControl().abort(reason)
    throw new Error(reason)
  },
  /** The test goes on, and has failed at its end (exit code 110). */
  fail(reason = 'test.fail()'): void {
    testControl().fail(reason)
  },
  get options() {
    return testControl().options
  },
}

export default { instance, scenario, test, vu }
