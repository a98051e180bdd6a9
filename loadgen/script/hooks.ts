// What a script imports as `k6`, `k6/metrics`, `k6/execution`, `k6/data`, `millrace` and `millrace/script` are modules of this very process, whatever
// is installed beside the script. What k6 has and millrace has not is refused at the import, by name.
import { registerHooks } from 'node:module'
import { MillraceError } from '../../core/errors.ts'

// In the source tree these files are TypeScript, in the published package they are not.
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
const own = (name: string) => new URL(`./modules/${name}${extension}`, import.meta.url).href

const provided: ReadonlyMap<string, string> = new Map([
  ['k6', own('k6')],
  ['k6/metrics', own('metrics')],
  ['k6/execution', own('execution')],
  ['k6/data', own('data')],
  ['millrace', own('millrace')],
  ['millrace/script', own('millrace')],
])

const hints: ReadonlyMap<string, string> = new Map([
  [
    'k6/x/kafka',
    "produce and consume come from 'millrace/script': docs/scenarios.md shows what takes the place of Writer and Reader",
  ],
])

/**
 * In this thread, before the script is imported. A file of the script that is imported as `file.ts?vu=3` imports its own files
 * with that too: each VU has its own modules, as in k6. Packages are shared.
 */
export function registerModuleHooks(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const module = provided.get(specifier)
      if (module !== undefined) return { url: module, shortCircuit: true }
      if (/^k6\//.test(specifier) || /^https?:/.test(specifier)) throw notProvided(specifier)
      const found = next(specifier, context)
      const vu = /\?(vu=\d+)$/.exec(context.parentURL ?? '')
      const isOfScript = found.url.startsWith('file:') && !found.url.includes('/node_modules/')
      if (vu === null || !isOfScript || found.url.includes('?') || [...provided.values()].includes(found.url))
        return found
      return { ...found, url: `${found.url}?${vu[1]}` }
    },
  })
}

function notProvided(specifier: string): MillraceError {
  const names = [...provided.keys()].join(', ')
  return new MillraceError(
    'CONFIG_INVALID',
    `the script imports '${specifier}', which is not supported: there are ${names}`,
    {
      hint:
        hints.get(specifier) ?? 'Modules of k6 that are not about Kafka have no counterpart; packages from npm work.',
    },
  )
}
