// Programs of others that a stack needs: where they are, and how to get them.
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { MillraceError } from '../../core/errors.ts'

const install = (debian: string, brew: string) =>
  `apt-get install ${debian} (Debian, Ubuntu), brew install ${brew} (macOS), or an archive of https://prometheus.io/download`

export const tools = {
  prometheus: { names: ['prometheus'], install: install('prometheus', 'prometheus') },
  // Debian's name comes second: it has both where a user installed one by hand.
  alertmanager: {
    names: ['alertmanager', 'prometheus-alertmanager'],
    install: install('prometheus-alertmanager', 'alertmanager'),
  },
} as const

export type ToolName = keyof typeof tools

/** The path of the program: what was named, or the first on the PATH. Throws TOOL_MISSING for one that was named and is not there. */
export function findTool(
  tool: ToolName,
  named: string | undefined,
  searchPath: string,
  isProgram = isExecutable,
): string | undefined {
  if (named !== undefined) {
    const found = named.includes('/') ? [resolve(named)].find(isProgram) : onPath([named], searchPath, isProgram)
    if (found !== undefined) return found
    throw new MillraceError('TOOL_MISSING', `--${tool}: ${named} is not a program that can be run`, {
      hint: `Name the program itself, or leave the flag out to take the one of the PATH: ${tools[tool].install}.`,
    })
  }
  return onPath(tools[tool].names, searchPath, isProgram)
}

/** Throws TOOL_MISSING. */
export function needTool(...[tool, named, searchPath, isProgram]: Parameters<typeof findTool>): string {
  const found = findTool(tool, named, searchPath, isProgram)
  if (found !== undefined) return found
  throw new MillraceError('TOOL_MISSING', `${tool} is not on the PATH`, {
    hint: `Install it: ${tools[tool].install}; or name it: --${tool} PATH.`,
  })
}

function onPath(names: readonly string[], searchPath: string, isProgram: (path: string) => boolean) {
  const folders = searchPath.split(delimiter).filter(folder => folder !== '')
  return names.flatMap(name => folders.map(folder => join(folder, name))).find(isProgram)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
