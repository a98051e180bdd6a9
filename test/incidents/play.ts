// Plays incidents: makes one, waits for its alerts, ends it, waits until they are resolved. Several at a time where they do not touch.
import { setTimeout as delay } from 'node:timers/promises'
import { fits, type Incident, isFiring, type Outcome, type Scene } from './incident.ts'

/** An abort of the signal ends it without an outcome. */
export async function play(incident: Incident, scene: Scene, signal?: AbortSignal): Promise<Outcome> {
  const { notices } = scene.stack
  const beganMs = Date.now()
  await incident.begin(scene)
  const detected = await Promise.all(
    incident.wanted.map(async wanted => {
      const first = () => notices.find(notice => notice.isFiring && notice.atMs >= beganMs && fits(wanted, notice))
      // Later than stated is told as what it is, up to twice the time.
      const deadlineMs = beganMs + wanted.withinSec * 2000
      while (first() === undefined && Date.now() < deadlineMs) await delay(100, undefined, { signal })
      const notice = first()
      return { wanted, afterSec: notice === undefined ? undefined : (notice.atMs - beganMs) / 1000 }
    }),
  )
  const endedMs = Date.now()
  await incident.end(scene)
  const all = [...incident.wanted, ...(incident.allowed ?? [])]
  const deadlineMs = endedMs + incident.resolvedWithinSec * 1000
  while (all.some(each => isFiring(notices, each)) && Date.now() < deadlineMs) await delay(200, undefined, { signal })
  const isResolved = !all.some(each => isFiring(notices, each))
  const overMs = Date.now()
  return {
    ...{ incident, beganMs, overMs, detected },
    resolvedAfterSec: isResolved ? (overMs - endedMs) / 1000 : undefined,
  }
}

export function failuresOf({
  incident,
  detected,
  resolvedAfterSec,
}: Pick<Outcome, 'incident' | 'detected' | 'resolvedAfterSec'>): string[] {
  const late = detected.flatMap(({ wanted, afterSec }) => {
    if (afterSec === undefined) return [`${incident.title}: ${wanted.alert} did not come`]
    return afterSec <= wanted.withinSec
      ? []
      : [`${incident.title}: ${wanted.alert} came after ${afterSec.toFixed(0)} s, not ${wanted.withinSec}`]
  })
  return resolvedAfterSec === undefined ? [...late, `${incident.title}: not resolved`] : late
}
