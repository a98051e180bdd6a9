// The files of /proc and /sys. Whatever cannot be read is undefined or empty: another system, a container, no permission.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface SystemFiles {
  read(path: string): string | undefined
  list(path: string): readonly string[]
  link(path: string): string | undefined
}

const attempt = <Value, Otherwise>(work: () => Value, otherwise: Otherwise): Value | Otherwise => {
  try {
    return work()
  } catch {
    return otherwise
  }
}

export const systemFiles: SystemFiles = {
  read: path => attempt(() => readFileSync(path, 'latin1'), undefined),
  list: path => attempt(() => readdirSync(path), []),
  link: path => attempt(() => readlinkSync(path), undefined),
}
