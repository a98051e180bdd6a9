// What leaves a run at its end, standard output and files: what cannot be written is an error of its own, but a failed verdict
// decides the exit code.
import { exitCodes } from '../core/errors.ts'
import type { Reported } from '../loadgen/report/formats.ts'
import { writeFileAtomically } from '../loadgen/report/json.ts'
import type { ReportTarget } from '../loadgen/report/targets.ts'
import { asMillraceError, errorText } from './errors.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'

export class Delivery {
  readonly #io: Io
  readonly #quiet: boolean
  #exitCode: number

  /** `exitCode`: of the verdict. `quiet`: files are not told of. */
  constructor(io: Io, quiet: boolean, exitCode: number) {
    this.#io = io
    this.#quiet = quiet
    this.#exitCode = exitCode
  }

  get exitCode(): number {
    return this.#exitCode
  }

  async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const coded = asMillraceError(error)
      await print(this.#io.stderr, errorText(coded, this.#io.env.MILLRACE_DEBUG === '1'))
      if (this.#exitCode === exitCodes.ok) this.#exitCode = coded.exitCode
    }
  }

  /** To standard output. */
  async show(text: string): Promise<void> {
    await this.attempt(() => print(this.#io.stdout, text))
  }

  async file(what: string, path: string, text: string): Promise<void> {
    await this.attempt(async () => {
      await writeFileAtomically(path, text)
      if (!this.#quiet) await print(this.#io.stderr, `${what}: ${path}\n`)
    })
  }

  /** Those without a file go to standard output. */
  async reports(targets: readonly ReportTarget[], reported: Reported): Promise<void> {
    if (targets.length === 0) return
    const { reportText } = await import('../loadgen/report/formats.ts')
    const inOrder = [...targets.filter(isShown), ...targets.filter(target => !isShown(target))]
    for (const target of inOrder) {
      await this.attempt(async () => {
        const text = reportText(target.format, reported)
        await (isShown(target) ? this.show(text) : this.file(target.format, target.path, text))
      })
    }
  }
}

export const isShown = ({ path }: ReportTarget): boolean => path === '-'

/** What has to be writable before the load starts. */
export const filesOfReports = (targets: readonly ReportTarget[]): string[] =>
  targets.filter(target => !isShown(target)).map(({ path }) => path)
