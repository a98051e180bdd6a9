// Writes docs/agent.reference.yaml and agents/agent.schema.json from the table of the agent's settings; with --check, fails when one
// is not what the table says.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { agentSchema, referenceText } from '../agents/config/reference.ts'

const biomePath = fileURLToPath(new URL('../node_modules/.bin/biome', import.meta.url))

/** In the repository's own format, so that the linter and this script never disagree about the file. */
const formatted = (value: unknown): string =>
  execFileSync(biomePath, ['format', '--stdin-file-path=agent.schema.json'], {
    input: JSON.stringify(value, undefined, 2),
    encoding: 'utf8',
  })

const files = { 'docs/agent.reference.yaml': referenceText(), 'agents/agent.schema.json': formatted(agentSchema()) }
const isCheck = process.argv.includes('--check')
for (const [path, content] of Object.entries(files)) {
  const file = new URL(`../${path}`, import.meta.url)
  if (!isCheck) writeFileSync(file, content)
  else if (readFileSync(file, 'utf8') !== content) process.exitCode = 1
}
