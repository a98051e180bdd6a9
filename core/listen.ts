// An address to listen on.
import type { Parsed } from './units.ts'

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** `:9400` is loopback as well: to be heard by others has to be asked for. */
export function parseListen(text: string): Parsed<ListenAddress> {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535)
    return { problem: `"${text}" is not an address: write host:port, as 127.0.0.1:9400` }
  return { value: { host: (match[1] ?? match[2]) || '127.0.0.1', port } }
}
