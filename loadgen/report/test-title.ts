// What a test is called in reports.
import type { TestResult } from '../test/result.ts'

export const titleOfTest = ({ script }: Pick<TestResult, 'script'>): string =>
  script === undefined ? 'millrace run' : `millrace run ${script}`
