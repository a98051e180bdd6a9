// `millrace plan`: capacity from measurements.
import type { Command } from 'commander'
import { defineSaturate } from './plan-saturate.ts'
import { defineSize } from './plan-size.ts'
import { defineSweep } from './plan-sweep.ts'
import type { Io } from './program.ts'

/** Gives the command its parts; `done` hears the exit code. */
export function definePlan(group: Command, io: Io, done: (exitCode: number) => void): void {
  defineSaturate(group, io, done)
  defineSize(group, io, done)
  defineSweep(group, io, done)
}
