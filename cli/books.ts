// Books of producing runs (--books): mistakes are told before the run; what is not there yet is read when it has ended.
import { existsSync, readFileSync } from 'node:fs'
import type { RunBooks } from '../loadgen/books/model.ts'
import { readBooks } from '../loadgen/books/read.ts'
import type { BenchPlan } from '../loadgen/plan.ts'

const readFile = (path: string): Buffer => readFileSync(path)

/** Throws BOOKS_UNREADABLE for a file that is there and is no books; tells which are not there. */
export function checkBooks({ consume, topic }: BenchPlan, onNotice: (text: string) => void): void {
  for (const path of consume?.books ?? []) {
    if (existsSync(path)) readBooks([path], topic.name, readFile)
    else onNotice(`books ${path} are not there yet: read when this run has ended`)
  }
}

export const booksReader =
  ({ consume, topic }: BenchPlan): (() => RunBooks[]) =>
  () =>
    readBooks(consume?.books ?? [], topic.name, readFile)
