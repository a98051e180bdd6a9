// Writes docs/agent.reference.yaml and agents/agent.schema.json from the table of the agent's settings; with --check, fails when one
// is not what the table says.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { agentSchema, referenceText } from '../agents/config/reference.ts'

const biomePath = fileURLToPath(new URL('../node_modules/.bin/biome', import.meta.url))

/** In the repository's own format, so that the linter and this script never disagree about the file. */
const formatted = (path: string, input: string): string =>
  execFileSync(biomePath, ['format', `--stdin-file-path=${path}`], { input, encoding: 'utf8' })

const files = {
  'docs/agent.reference.yaml': referenceText(),
  'agents/agent.schema.json': JSON.stringify(agentSchema(), undefined, 2),
}
const isCheck = process.argv.includes('--check')
for (const [path, text] of Object.entries(files)) {
  const file = new URL(`../${path}`, import.meta.url)
  const content = formatted(path, text)
  if (!isCheck) writeFileSync(file, content)
  else if (readFileSync(file, 'utf8') !== content) process.exitCode = 1
}
