// The line of a run that goes on.
import type { Tick } from '../../../progress.ts'
import { countText, fixedText, rateText } from '../../format.ts'
import { secondsText } from './charts.ts'
import { h } from './dom.ts'

type Entry = readonly [label: string, text: string | undefined]

/** Of runs that commit: what becomes of transactions, and of records that consumers handle. */
function committed({ transactionsPerSec: ends, handledPerSec: handled }: Tick): Entry[] {
  return [
    ...(handled === undefined
      ? []
      : ([
          ['passed on', rateText(handled.forwarded)],
          ['dead letters', rateText(handled.deadLettered)],
        ] as const)),
    ...(ends === undefined
      ? []
      : ([
          ['transactions', rateText(ends.committed)],
          ['aborted', rateText(ends.aborted)],
          ['failed', rateText(ends.failed)],
        ] as const)),
  ]
}

/** What moves ten times a second. */
export function ticker(tick: Tick): HTMLElement {
  const rate = (label: string, perSec: number | undefined) =>
    [label, perSec === undefined ? undefined : `${countText(perSec)} /s`] as const
  const time =
    tick.totalSec === undefined
      ? secondsText(tick.elapsedSec)
      : `${secondsText(tick.elapsedSec)} of ${secondsText(tick.totalSec)}`
  const entries = [
    ['phase', tick.phase] as const,
    ['time', time] as const,
    rate('offered', tick.offeredPerSec),
    rate('sent', tick.sentPerSec),
    rate('acked', tick.ackedPerSec),
    rate('consumed', tick.consumedPerSec),
    ...committed(tick),
    ['in flight', tick.inFlight === undefined ? undefined : countText(tick.inFlight)] as const,
    ['lag', tick.lag === undefined ? undefined : countText(tick.lag)] as const,
    ['errors', countText(tick.errors)] as const,
    [
      'generator',
      `${countText(tick.cpuPercent)} % CPU${tick.loopLateMs === undefined ? '' : `, ${fixedText(tick.loopLateMs, 1)} ms late`}`,
    ] as const,
  ]
  return h(
    'div',
    { class: 'ticker' },
    ...entries.flatMap(([label, text]) =>
      text === undefined ? [] : [h('span', {}, h('small', {}, `${label} `), text)],
    ),
  )
}
