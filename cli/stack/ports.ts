// Where a stack listens: at a port that was asked for or not at all, else at the usual one, else at any that is free.
import { createServer, type Server } from 'node:http'
import { MillraceError } from '../../core/errors.ts'
import type { PortName, Ports } from './parts.ts'

export const usualPorts: Ports = {
  broker: 9092,
  control: 9095,
  agent: 9400,
  prometheus: 9090,
  alertmanager: 9093,
  preview: 9430,
  load: 9464,
}

/** Holds the port until it is let go; undefined: somebody else has it. */
export type Hold = (port: number) => Promise<{ readonly port: number; release(): Promise<void> } | undefined>

/** Throws OUTPUT_FAILED with all ports that were asked for and are taken. */
export async function choosePorts(
  wanted: Partial<Ports>,
  flagOf: (name: PortName) => string,
  hold: Hold = holdPort,
): Promise<Ports> {
  const chosen = new Map<PortName, number>()
  const held: { release(): Promise<void> }[] = []
  const taken: string[] = []
  const names = Object.keys(usualPorts) as PortName[]
  // Those that were asked for come first: a usual one is not to take them away.
  const inOrder = [...names.filter(name => wanted[name] !== undefined), ...names.filter(name => wanted[name] === undefined)] // biome-ignore format: one line
  try {
    for (const name of inOrder) {
      const port = wanted[name]
      const got = (await hold(port ?? usualPorts[name])) ?? (port === undefined ? await hold(0) : undefined)
      if (got === undefined) {
        taken.push(`${flagOf(name)}: port ${port} of 127.0.0.1 is taken`)
        continue
      }
      held.push(got)
      chosen.set(name, got.port)
    }
  } finally {
    await Promise.all(held.map(each => each.release()))
  }
  if (taken.length === 0) return Object.fromEntries(chosen) as Record<PortName, number>
  throw new MillraceError('OUTPUT_FAILED', taken.join('\n'), {
    hint: 'Name other ports, or leave the flags out: the usual port is taken where it is free, and any other where it is not.',
  })
}

async function holdPort(port: number) {
  const server = createServer()
  const isListening = await new Promise<boolean>(resolve => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (!isListening) return undefined
  return { port: (server.address() as { port: number }).port, release: () => closed(server) }
}

const closed = (server: Server) => new Promise<void>(resolve => server.close(() => resolve()))
