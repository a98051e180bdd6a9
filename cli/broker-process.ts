// An embedded broker in a process of its own, so that CPU time and garbage collection of the broker are not counted as those
// of the generator. It is a child that ends with its parent, however that ends: nothing is left behind.
import { fork } from 'node:child_process'
import { MillraceError } from '../core/errors.ts'
import type { BrokerAnswer, BrokerProcessOptions } from './broker-child.ts'

export interface BrokerProcess {
  readonly pid: number | undefined
  readonly bootstrap: string
  /** User and system time of the process since its start, microseconds. */
  cpuUs(): Promise<number>
  close(): Promise<void>
}

const entry = new URL(`./broker-child${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

export async function startBrokerProcess(options: BrokerProcessOptions): Promise<BrokerProcess> {
  const child = fork(entry, [JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const answer = () =>
    new Promise<BrokerAnswer>((resolve, reject) => {
      const onExit = () => reject(new MillraceError('CONNECTION_CLOSED', 'the embedded broker has ended'))
      child.once('exit', onExit)
      child.once('error', reject)
      child.once('message', message => {
        child.off('exit', onExit)
        child.off('error', reject)
        resolve(message as BrokerAnswer)
      })
    })
  const started = await answer()
  if (started.kind === 'failed') {
    await ended
    throw new MillraceError(started.code, started.message)
  }
  if (started.kind !== 'ready') throw new MillraceError('INTERNAL', `the embedded broker said ${started.kind}`)
  return {
    pid: child.pid,
    bootstrap: started.bootstrap,
    async cpuUs() {
      const told = answer()
      child.send('cpu')
      const said = await told
      return said.kind === 'cpu' ? said.us : 0
    },
    async close() {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}
