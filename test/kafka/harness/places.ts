// Where a cluster lives: free ports and a directory, in memory when there is room.
import { mkdtemp, statfs } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MillraceError } from '../../../core/errors.ts'
import { loopback } from './properties.ts'

/** Logs go to /dev/shm when at least this much is free there: what six partitions hold before retention bites. */
export const tmpfsFreeBytesMin = 8 * 1024 ** 3
const tmpfsDir = '/dev/shm'

export async function createClusterDir(parent?: string): Promise<string> {
  return mkdtemp(join(parent ?? ((await hasRoom(tmpfsDir)) ? tmpfsDir : tmpdir()), 'millrace-kafka-'))
}

async function hasRoom(dir: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(dir)
    return bavail * bsize >= tmpfsFreeBytesMin
  } catch {
    return false // No such file system here (macOS): the temporary directory it is.
  }
}

// Below the ports that Linux and macOS hand to outgoing connections, so that nobody is given a port between our look
// and the broker's bind, and a broker that is killed and restarted finds its port still free.
const portMin = 15_000
const portMax = 32_000
const triesMax = 200

export async function freePorts(count: number): Promise<readonly number[]> {
  const held: Server[] = []
  try {
    for (let tries = 0; held.length < count; tries++) {
      if (tries > triesMax) throw new MillraceError('BROKER_UNREACHABLE', 'no free port found for a broker')
      const server = await listenOn(portMin + Math.floor(Math.random() * (portMax - portMin)))
      if (server !== undefined) held.push(server)
    }
    return held.map(server => (server.address() as { port: number }).port)
  } finally {
    await Promise.all(held.map(server => new Promise(resolve => server.close(resolve))))
  }
}

function listenOn(port: number): Promise<Server | undefined> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, loopback, () => resolve(server))
  })
}
