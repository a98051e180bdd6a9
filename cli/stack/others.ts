// What another terminal can do with a stack: look at it, and end it.
import { setTimeout as delay } from 'node:timers/promises'
import { exitCodes } from '../../core/errors.ts'
import { print } from '../output.ts'
import type { Io } from '../program.ts'
import { answers } from './programs.ts'
import { type Place, processStart, readState, releaseState, type StackState, statePath } from './state.ts'

const none = 'no stack is running; millrace stack up starts one\n'
/** Longer than any of its parts is given. */
const endTimeoutMs = 60_000

/** Ends the stack as Ctrl-C would, and waits for it. */
export async function down(io: Io): Promise<number> {
  const path = statePath(io.env)
  const state = readState(path)
  if (state === undefined) {
    await print(io.stdout, none)
    return exitCodes.ok
  }
  signalTo(state, 'SIGTERM')
  if (!(await hasEnded(state, endTimeoutMs))) {
    // Its watchdog ends its parts and removes its files.
    signalTo(state, 'SIGKILL')
    await hasEnded(state, endTimeoutMs)
    releaseState(path)
  }
  await print(io.stdout, `the stack of process ${state.pid} has ended\n`)
  return exitCodes.ok
}

function signalTo({ pid }: StackState, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // It has ended between our look and the signal.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function hasEnded({ pid, processStart: begun }: StackState, timeoutMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs
  while (processStart(pid) === begun) {
    if (performance.now() > deadlineMs) return false
    await delay(100)
  }
  return true
}

/** Each part, where it is, and whether it answers: exit code 20 where one does not, or nothing runs. */
export async function status(io: Io): Promise<number> {
  const state = readState(statePath(io.env))
  if (state === undefined) {
    await print(io.stdout, none)
    return exitCodes.cannotConnect
  }
  const isUp = await Promise.all(
    state.places.map(({ readyUrl }) => (readyUrl === undefined ? undefined : answers(readyUrl))),
  )
  const told = state.places.map((place, at) => placeText(place, isUp[at]))
  await print(io.stdout, `process ${state.pid}, since ${state.startedAt}\n${told.join('')}files         ${state.dir}\n`)
  return isUp.includes(false) ? exitCodes.cannotConnect : exitCodes.ok
}

export function placeText({ name, address }: Place, isUp?: boolean): string {
  const mark = isUp === undefined ? '' : isUp ? '  up' : '  DOES NOT ANSWER'
  return `${name.padEnd(13)} ${mark === '' ? address : address.padEnd(32)}${mark}\n`
}
