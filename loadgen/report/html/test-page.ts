// A test and what its page holds of it, there and back. The page's own script has this too, so it asks for nothing else.
import type { TestResult } from '../../test/result.ts'
import type { PageModel, PageTest } from './model.ts'

export const pageTest = ({ scenarios, ...test }: TestResult): PageTest => ({
  ...test,
  scenarios: scenarios.map(({ result: _, ...scenario }) => scenario),
})

/** The test that a page is of, with the results of its scenarios where they belong. */
export function testOfPage({ runs, test }: Pick<PageModel, 'runs' | 'test'>): TestResult | undefined {
  if (test === undefined) return undefined
  const scenarios = test.scenarios.map(scenario => {
    const run = runs.find(({ label }) => label === scenario.name)
    return { ...scenario, ...(run !== undefined && { result: run.result }) }
  })
  return { ...test, scenarios }
}
