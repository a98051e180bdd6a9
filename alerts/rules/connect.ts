// Kafka Connect: clusters, connectors and tasks. Without a url in the agent these say nothing.
import { metrics } from '../../metrics/catalog.ts'
import { type Area, maxBy, sumBy } from '../rule.ts'

const ofConnect = ['cluster', 'connect'] as const
const ofConnector = [...ofConnect, 'connector'] as const
const ofTask = [...ofConnector, 'task'] as const

export const connect: Area = {
  name: 'connect',
  recordings: [],
  alerts: [
    {
      name: 'MillraceConnectDown',
      severity: 'critical',
      pace: 'steady',
      labels: ofConnect,
      for: t => t['connect-down-for'],
      expr: of => `${maxBy(ofConnect, of(metrics.connectUp))} == 0`,
      summary: 'No worker of Connect cluster {{ $labels.connect }} answers',
      impact: 'Its connectors may have stopped; they cannot be changed or looked at.',
    },
    {
      name: 'MillraceConnectorFailed',
      severity: 'critical',
      pace: 'steady',
      labels: ofConnector,
      for: t => t['connect-failed-for'],
      expr: of => `${maxBy(ofConnector, of(metrics.connectorState, 'state="failed"'))} == 1`,
      summary: 'Connector {{ $labels.connector }} has failed',
      impact: 'It makes no tasks any more; nothing restarts it by itself.',
    },
    {
      name: 'MillraceConnectTaskFailed',
      severity: 'critical',
      pace: 'steady',
      labels: ofTask,
      for: t => t['connect-failed-for'],
      expr: of => `${maxBy(ofTask, of(metrics.taskState, 'state="failed"'))} == 1`,
      summary: 'Task {{ $labels.task }} of connector {{ $labels.connector }} has failed',
      impact: 'Its share of the data is not moved; nothing restarts it by itself.',
    },
    {
      name: 'MillraceConnectTaskRestarting',
      severity: 'warning',
      pace: 'steady',
      labels: ofTask,
      expr: (of, t) => `${sumBy(ofTask, `increase(${of(metrics.taskRestarts)}[30m])`)} > ${t['connect-restarts-max']}`,
      summary: 'Task {{ $labels.task }} of connector {{ $labels.connector }} is started again and again',
      impact: 'It works between failures at best, and may do the same records each time.',
    },
  ],
}
