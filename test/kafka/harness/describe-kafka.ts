// `describe` for suites that need real Kafka. Where it cannot run they are skipped and say why; in CI they fail, because
// a suite that skips itself there would stay green for ever without having looked.
import { existsSync } from 'node:fs'
import { describe, it } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import { installDirOf, kafkaVersionDefault } from './install.ts'
import { reasonKafkaCannotRun } from './tools.ts'

export type KafkaSuiteMode = { readonly kind: 'run' } | { readonly kind: 'skip' | 'fail'; readonly reason: string }

export function kafkaSuiteMode(reason: string | undefined, env: NodeJS.ProcessEnv): KafkaSuiteMode {
  if (reason === undefined) return { kind: 'run' }
  const isCi = env.CI !== undefined && env.CI !== '' && env.CI !== 'false'
  return { kind: isCi ? 'fail' : 'skip', reason }
}

/** `version` is the one that the suite starts: Maven is needed only where it is not installed yet. */
export function describeKafka(name: string, suite: () => void, version: string = kafkaVersionDefault): void {
  const mode = kafkaSuiteMode(reasonKafkaCannotRun(existsSync(installDirOf(version))), process.env)
  if (mode.kind === 'run') {
    describe(name, suite)
  } else if (mode.kind === 'skip') {
    console.warn(`skipped: ${name}: ${mode.reason}`)
    describe.skip(name, suite)
  } else {
    describe(name, () => {
      it('needs real Kafka', () => {
        throw new MillraceError('TOOL_MISSING', mode.reason)
      })
    })
  }
}
