// `millrace gate`: is the candidate worse than the base, or is it noise?
import type { Command } from 'commander'
import type { Io } from '../program.ts'
import { defineGateCompare } from './compare.ts'
import { defineGateRun } from './run.ts'

export function defineGate(group: Command, io: Io, done: (exitCode: number) => void): void {
  defineGateRun(group.command('run').description('run two sides in turns, and judge them'), io, done)
  defineGateCompare(group.command('compare').description('judge results that exist, of two sides'), io, done)
}
