// The figures at the top of the page, each on a tile of its own.
import type { LatencySummary, Result } from '../../../result.ts'
import { countText, fixedText, msText } from '../../format.ts'
import { h, type Tone, value } from './dom.ts'
import { committedTiles } from './transaction-blocks.ts'

export interface Tile {
  readonly label: string
  readonly path: string
  readonly text: string
  readonly unit?: string
  readonly tone?: Tone
  readonly note?: string
}

export function tiles(result: Result): HTMLElement {
  const { produce, consume, cpuUsPerRecord, delivery, mode } = result
  const isBoth = mode === 'roundtrip'
  const side = (name: 'produce' | 'consume', verb: string): Tile[] => {
    const part = result[name]
    if (part === undefined) return []
    return [
      {
        label: verb,
        path: `${name}.recordsPerSec`,
        text: countText(part.recordsPerSec),
        unit: 'msg/s',
        note: `${fixedText(part.mbPerSec, 2)} MB/s`,
      },
      ...latencyTiles(name, part.latency, isBoth ? (name === 'produce' ? 'response ' : 'end-to-end ') : ''),
    ]
  }
  const rest: Tile[] = [
    ...(produce ? [errorsTile('produce', produce)] : []),
    ...(consume ? [errorsTile('consume', consume)] : []),
    ...(consume?.lag
      ? [{ label: 'most consumer lag', path: 'consume.lag.max', text: countText(consume.lag.max), unit: 'offsets' }]
      : []),
    ...(delivery ? [deliveryTile(delivery)] : []),
    ...(cpuUsPerRecord === null
      ? []
      : [{ label: 'CPU', path: 'cpuUsPerRecord', text: fixedText(cpuUsPerRecord, 2), unit: 'µs/msg' }]),
  ]
  const groups = [side('produce', 'acknowledged'), side('consume', 'consumed'), committedTiles(result), rest]
  return h(
    'div',
    { class: 'groups' },
    ...groups.filter(group => group.length > 0).map(group => h('div', { class: 'tiles' }, ...group.map(tile))),
  )
}

const deliveryTile = ({ confirmed, brokerDelta }: NonNullable<Result['delivery']>): Tile => ({
  label: 'delivery',
  path: 'delivery.confirmed',
  text: confirmed ? 'confirmed' : 'NOT confirmed',
  tone: confirmed ? 'good' : 'bad',
  note: `brokers hold ${countText(brokerDelta)}`,
})

const latencyTiles = (side: string, latency: LatencySummary | undefined, what: string): Tile[] =>
  latency === undefined || latency.count === 0
    ? []
    : (
        [
          ['p50', 'p50Ms'],
          ['p99', 'p99Ms'],
          ['p99.9', 'p999Ms'],
          ['max', 'maxMs'],
        ] as const
      ).map(([name, key]) => ({
        label: `${what}${name}`,
        path: `${side}.latency.${key}`,
        text: msText(latency[key]),
        unit: 'ms',
      }))

const errorsTile = (side: string, { errors, retries }: { errors: number; retries: number }): Tile => ({
  label: side === 'produce' ? 'errors producing' : 'errors consuming',
  path: `${side}.errors`,
  text: countText(errors),
  tone: errors === 0 ? 'plain' : 'bad',
  note: `${countText(retries)} retries`,
})

const tile = ({ label, path, text, unit, tone = 'plain', note }: Tile): HTMLElement =>
  h(
    'div',
    { class: `tile ${tone}` },
    h('div', { class: 'label' }, label),
    h('div', { class: 'figure' }, value(path, text), unit === undefined ? undefined : h('small', {}, ` ${unit}`)),
    note === undefined ? undefined : h('div', { class: 'note' }, note),
  )
