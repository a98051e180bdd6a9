// Connectors and tasks of one Connect cluster, and how often each task was started again. Keeps one line a task.
import type { ConnectAnswer } from '../source/connect-answers.ts'

export interface ConnectTask {
  readonly id: number
  /** In lower case, as `running`. */
  readonly state: string
  readonly restarts: number
}

export interface Connector {
  readonly name: string
  /** `source`, `sink`, or empty from workers before Kafka 2.0. */
  readonly type: string
  /** Java class, without its package. */
  readonly className: string
  readonly state: string
  readonly tasks: readonly ConnectTask[]
}

interface SeenTask {
  readonly worker: string
  readonly hasRun: boolean
  readonly isRunning: boolean
  readonly restarts: number
}

export class ConnectMemory {
  #seen = new Map<string, SeenTask>()

  /** Tasks that are gone are forgotten. */
  look({ connectors }: ConnectAnswer): Connector[] {
    const next = new Map<string, SeenTask>()
    const found = Object.entries(connectors).map(([name, { status, info }]): Connector => {
      const tasks = status.tasks.map(({ id, state, worker_id: worker }): ConnectTask => {
        const key = `${name} ${id}`
        const seen = seenNow(this.#seen.get(key), state === 'RUNNING', worker)
        next.set(key, seen)
        return { id, state: state.toLowerCase(), restarts: seen.restarts }
      })
      return {
        name,
        type: status.type ?? '',
        className: (info.config['connector.class'] ?? '').replace(/^.*\./, ''),
        state: status.connector.state.toLowerCase(),
        tasks,
      }
    })
    this.#seen = next
    return found.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }
}

/** Restarted: it runs and had stopped running since it first did, or runs somewhere else. */
function seenNow(before: SeenTask | undefined, isRunning: boolean, worker: string): SeenTask {
  const { restarts, hasRun } = before ?? { restarts: 0, hasRun: false }
  const isAgain = isRunning && hasRun && (!before!.isRunning || before!.worker !== worker)
  return { worker, isRunning, hasRun: hasRun || isRunning, restarts: restarts + (isAgain ? 1 : 0) }
}
