// deploy/Dockerfile for tests, by its instructions.
import { read } from './manifests.ts'

export const lines = read('deploy/Dockerfile')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter(line => line !== '' && !line.startsWith('#'))

export const words = (instruction: string): string[] =>
  lines.filter(line => line.startsWith(`${instruction} `)).map(line => line.slice(instruction.length + 1).trim())

export const last = (instruction: string): string => words(instruction).at(-1)!

/** `CMD`, `ENTRYPOINT` and the command of `HEALTHCHECK`, as they are without a shell. */
export function dockerfileJson(instruction: string): string[] {
  const text = last(instruction)
  return JSON.parse(text.slice(text.indexOf('[')))
}
