// Kafka Connect: workers that answer, connectors and tasks by state, restarts, and what sinks are behind.
import { metrics } from '../../metrics/catalog.ts'
import { type Board, row } from '../board.ts'
import { bad, lines, stat, table, timeline, worse } from '../panels.ts'
import { countOfZeros, max, of, stateNumber, sum, top } from '../queries.ts'
import { clusterVariable, connectVariable } from '../variables.ts'

const chosen = 'connect=~"$connect"'
const states = ['running', 'paused', 'stopped', 'failed', 'unassigned', 'restarting'] as const
const looks = {
  1: ['running', 'green'],
  2: ['paused', 'blue'],
  3: ['stopped', 'gray'],
  4: ['failed', 'red'],
  5: ['unassigned', 'orange'],
  6: ['restarting', 'yellow'],
} as const
const taskStates = states.filter(state => state !== 'stopped')
const key = ['connect', 'connector'] as const
const connectorState = stateNumber(state => of(metrics.connectorState, `${chosen},state="${state}"`), states, ...key)
const tasksIn = (state: string, ...labels: readonly string[]) =>
  sum(of(metrics.taskState, `${chosen},state="${state}"`), ...labels)

export const connect: Board = {
  name: 'connect',
  title: 'Kafka / Connect',
  description: 'Kafka Connect as its REST interface tells it. Needs --connect-url NAME=URL of the agent.',
  variables: [clusterVariable, connectVariable],
  rows: [
    row(
      'At a glance',
      stat({
        title: 'Connect clusters down',
        does: 'Connect clusters of which no worker answers. Look at the worker processes, and at their REST listener.',
        width: 4,
        expr: countOfZeros(of(metrics.connectUp, chosen)),
        steps: bad(1),
      }),
      stat({
        title: 'Connectors',
        does: 'Connectors that exist.',
        width: 4,
        plain: true,
        expr: `count(${of(metrics.connectorInfo, chosen)})`,
      }),
      stat({
        title: 'Failed connectors',
        does: 'Connectors that are failed themselves, mostly for their configuration: read the trace at /connectors/NAME/status.',
        width: 4,
        expr: sum(of(metrics.connectorState, `${chosen},state="failed"`)),
        steps: bad(1),
      }),
      stat({
        title: 'Failed tasks',
        does: 'Tasks that have given up; they do not come back by themselves. Read the trace at /connectors/NAME/tasks/N/status, mend the cause, then POST .../restart.',
        width: 4,
        expr: tasksIn('failed'),
        steps: bad(1),
      }),
      stat({
        title: 'Tasks running',
        does: 'Tasks at work.',
        width: 4,
        plain: true,
        expr: tasksIn('running'),
      }),
      stat({
        title: 'Restarts',
        does: 'Tasks that came back or moved to another worker in the time shown. Many: workers rebalance again and again; look at their logs and memory.',
        width: 4,
        unit: 'short',
        expr: sum(`increase(${of(metrics.taskRestarts, chosen)}[$__range])`),
        steps: worse(5, 50),
      }),
    ),
    row(
      'Connectors',
      table({
        title: 'Connectors',
        does: 'Each with its state and tasks. Running with failed tasks is the common trouble: restart the tasks after reading their trace. 0 tasks: it does nothing.',
        width: 24,
        height: 9,
        keys: [
          { label: 'connect', title: 'cluster' },
          { label: 'connector', title: 'connector' },
        ],
        columns: [
          { title: 'info', expr: max(of(metrics.connectorInfo, chosen), ...key, 'type', 'class'), hidden: true },
          { title: 'state', expr: connectorState, states: looks },
          { title: 'tasks', expr: max(of(metrics.connectorTasks, chosen), ...key), unit: 'short' },
          { title: 'running', expr: tasksIn('running', ...key), unit: 'short' },
          { title: 'failed', expr: tasksIn('failed', ...key), unit: 'short', steps: bad(1) },
        ],
        labels: ['type', 'class'],
        sortBy: 'failed',
      }),
      timeline({
        title: 'State of connectors',
        does: 'The first 20. In and out of running: it fails and is restarted by somebody or something.',
        width: 12,
        height: 8,
        query: { expr: top(20, connectorState), legend: '{{connector}}' },
        states: looks,
      }),
      lines({
        title: 'Tasks by state',
        does: 'Unassigned for more than a minute: too few workers, or a rebalance that does not end.',
        width: 12,
        height: 8,
        unit: 'short',
        queries: taskStates.map(state => ({ expr: tasksIn(state), legend: state })),
      }),
      lines({
        title: 'Lag of sinks, top 10',
        does: 'Sinks read as consumer groups (connect-NAME): offsets still to be written out. Growing: more tasks (tasks.max, up to the partitions), or a slower source of load.',
        width: 12,
        unit: 'short',
        queries: [{ expr: top(10, max(of(metrics.groupLag, 'group=~"connect-.*"'), 'group')), legend: '{{group}}' }],
        link: 'consumer-lag',
      }),
      lines({
        title: 'Restarts of tasks, top 10',
        does: 'In ten minutes. Always the same task: one record or one partition that it cannot take; a dead letter queue (errors.deadletterqueue.topic.name) lets it go on.',
        width: 12,
        unit: 'short',
        queries: [
          {
            expr: top(10, max(`increase(${of(metrics.taskRestarts, chosen)}[10m])`, 'connector', 'task')),
            legend: '{{connector}} task {{task}}',
          },
        ],
      }),
    ),
  ],
}
