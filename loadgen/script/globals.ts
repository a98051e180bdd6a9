// The names that k6 gives a script without an import: __ENV, __VU, __ITER, and open() for files beside it.
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { MillraceError } from '../../core/errors.ts'
import { currentVu } from './context.ts'

/** In this thread, before the script is imported. */
export function installGlobals(file: string, env: Readonly<Record<string, string>>): void {
  const define = (name: string, get: () => unknown) =>
    Object.defineProperty(globalThis, name, { get, configurable: true, enumerable: true })
  define('__ENV', () => ({ ...env, ...currentVu()?.scenario?.env }))
  define('__VU', () => currentVu()?.id ?? 0)
  define('__ITER', () => Math.max(0, (currentVu()?.iteration ?? 1) - 1))
  define(
    'open',
    () =>
      (path: string, mode = '') =>
        openFile(resolve(dirname(file), path), mode),
  )
}

function openFile(path: string, mode: string): string | ArrayBuffer {
  try {
    const bytes = readFileSync(path)
    if (mode !== 'b') return bytes.toString('utf8')
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  } catch (error) {
    throw new MillraceError('SCRIPT_EXCEPTION', `open() cannot read ${path}: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
