// Shows how results on disk become two sides and pairs. Method: results in memory, under made-up paths.
import { describe, expect, it } from 'vitest'
import type { Result } from '../../../../loadgen/result.ts'
import { compareDocuments } from '../../../../loadgen/verdict/gate/compare.ts'
import { type Files, pairedUp, readSides, splitSides } from '../../../../loadgen/verdict/gate/read.ts'
import { produceResult } from '../../report/result-fixture.ts'

/** At second `at`, with so much throughput. */
function resultAt(at: number, factor = 1, cpuModel = produceResult.environment.host.cpuModel): Result {
  const startedAt = new Date(Date.UTC(2026, 0, 1) + at * 1000).toISOString()
  const { environment, produce } = produceResult
  return {
    ...produceResult,
    environment: { ...environment, startedAt, host: { ...environment.host, cpuModel } },
    produce: { ...produce!, recordsPerSec: produce!.recordsPerSec * factor },
  }
}

function filesOf(results: Readonly<Record<string, Result>>): Files {
  return {
    read: path => JSON.stringify(results[path]),
    list: path => {
      const inside = Object.keys(results).filter(name => name.startsWith(`${path}/`))
      return inside.length === 0 ? undefined : inside
    },
  }
}

const turns = Object.fromEntries(
  [0, 3, 4, 7, 8, 11].flatMap((at, index) => [
    [`base/${index}.json`, resultAt(at, 1 + at / 1e4)],
    [`candidate/${index}.json`, resultAt(at % 4 === 0 ? at + 1 : at - 1, 0.8 + at / 1e4)],
  ]),
)

describe('two sides', () => {
  it('are two folders, as a shell spreads them, or two words', () => {
    expect(splitSides(['b/1.json', 'b/2.json', 'c/1.json'])).toEqual({
      base: ['b/1.json', 'b/2.json'],
      candidate: ['c/1.json'],
    })
    expect(splitSides(['x.json', 'y.json'])).toEqual({ base: ['x.json'], candidate: ['y.json'] })
    expect(splitSides(['x/1.json', 'x/2.json', 'x/3.json'])).toHaveProperty('problem')
    expect(splitSides([])).toHaveProperty('problem')
  })

  it('are read from folders, and what cannot be read is told', () => {
    const { documents, problems } = readSides({ base: ['base'], candidate: ['candidate'] }, filesOf(turns))
    expect(problems).toEqual([])
    expect(documents).toHaveLength(12)
    const broken = readSides({ base: ['base'], candidate: ['other.json'] }, filesOf(turns))
    expect(broken.problems.map(({ path }) => path)).toEqual(['other.json'])
  })

  it('made in turns are pairs, one after the other are none', () => {
    const { documents } = readSides({ base: ['base'], candidate: ['candidate'] }, filesOf(turns))
    const { design, documents: paired } = pairedUp(documents, 'auto')
    expect(design).toBe('paired')
    expect(paired.slice(0, 4).map(({ side, pair }) => `${side} ${pair}`)).toEqual([
      'base 1',
      'candidate 1',
      'candidate 2',
      'base 2',
    ])
    const later = documents.map(each => (each.side === 'base' ? each : { ...each, document: resultAt(100) }))
    expect(pairedUp(later, 'auto').design).toBe('unpaired')
    expect(pairedUp(later, 'paired').design).toBe('paired')
  })
})

const options = {
  ...{ design: 'paired' as const, gates: [], limits: new Map(), alpha: 0.05 },
  ...{ baseLabel: 'a', candidateLabel: 'b' },
}

describe('a comparison', () => {
  it('finds what the candidate has lost', () => {
    const { documents } = readSides({ base: ['base'], candidate: ['candidate'] }, filesOf(turns))
    const gate = compareDocuments(pairedUp(documents, 'auto').documents, {
      ...options,
      gates: [{ name: 'produce_rate' }],
    })
    expect([gate.verdict, gate.plan.design]).toEqual(['regression', 'paired'])
    expect(gate.base.about.client).toBe('wire')
  })

  it('of different machines is invalid, unless it is asked for', () => {
    const other = { ...turns, 'candidate/0.json': resultAt(1, 1, 'another CPU') }
    const { documents } = readSides({ base: ['base'], candidate: ['candidate'] }, filesOf(other))
    const paired = pairedUp(documents, 'auto').documents
    const gate = compareDocuments(paired, options)
    expect([gate.verdict, gate.reasons[0]!.code]).toEqual(['invalid', 'OTHER_MACHINE'])
    expect(compareDocuments(paired, { ...options, acceptsOtherMachine: true }).verdict).not.toBe('invalid')
  })
})
