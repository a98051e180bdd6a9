// Kafka Connect, as its REST interface tells it.
import { metric } from '../metric.ts'

const connect = ['cluster', 'connect'] as const
const connector = [...connect, 'connector'] as const
const task = [...connector, 'task'] as const

export const connectMetrics = {
  connectUp: metric({
    name: 'millrace_connect_up',
    type: 'gauge',
    labels: connect,
    help: 'Whether a worker of the Connect cluster answered: 1 or 0.',
  }),
  connectInfo: metric({
    name: 'millrace_connect_info',
    type: 'info',
    labels: [...connect, 'version'],
    help: 'The Connect cluster, with the version of the worker that answered.',
  }),
  connectorInfo: metric({
    name: 'millrace_connect_connector_info',
    type: 'info',
    labels: [...connector, 'type', 'class'],
    help: 'A connector that exists: type is source or sink.',
  }),
  connectorState: metric({
    name: 'millrace_connect_connector_state',
    type: 'stateset',
    labels: [...connector, 'state'],
    help: 'State of the connector: running, paused, stopped, failed, unassigned or restarting. 1 for the one it is in.',
  }),
  taskState: metric({
    name: 'millrace_connect_task_state',
    type: 'stateset',
    labels: [...task, 'state'],
    help: 'State of a task of the connector: running, paused, failed, unassigned or restarting. 1 for the one it is in.',
  }),
  connectorTasks: metric({
    name: 'millrace_connect_connector_tasks',
    type: 'gauge',
    labels: connector,
    help: 'Tasks that the connector has. 0 for one that runs: it does nothing.',
  }),
  taskRestarts: metric({
    name: 'millrace_connect_task_restarts_total',
    type: 'counter',
    labels: task,
    help: 'Times that the task was seen to run again after it had not run, or to run on another worker than before.',
  }),
} as const
