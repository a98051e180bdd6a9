// How the consumers of a bench run are members of a group.
import { parseOneOf, parseWhole } from '../../../core/units.ts'
import { parseChurn } from '../churn-language.ts'
import { optional, withDefault } from '../flag.ts'
import { bounded, parseText } from '../parsers.ts'
import { fetching, msToText, timer } from './shared.ts'

const group = { group: 'Group:', modes: fetching }

export const groupFlags = {
  group: optional({
    ...group,
    placeholder: 'id',
    help: "start at this group's committed offsets, and commit as the run goes on",
    parse: parseText,
  }),
  groupProtocol: optional({
    ...group,
    placeholder: 'protocol',
    help: 'classic or consumer (KIP-848): consumers are members, and the group assigns partitions; without --group, of a group made for the run',
    parse: parseOneOf(['classic', 'consumer']),
    fallbackText: 'none: the run assigns partitions itself',
  }),
  consumers: optional({
    ...group,
    placeholder: 'count',
    help: 'members',
    parse: parseWhole(1, 1024),
    fallbackText: 'one for each worker',
  }),
  assignor: optional({
    ...group,
    placeholder: 'name',
    help: 'classic: range, roundrobin or cooperative-sticky; consumer: uniform or range',
    parse: parseOneOf(['range', 'roundrobin', 'cooperative-sticky', 'uniform']),
    fallbackText: "range; with consumer the broker's choice",
  }),
  commitInterval: withDefault('5s', {
    ...group,
    placeholder: 'time',
    help: 'how often positions are committed',
    parse: bounded(timer, 10, 3_600_000, 'between 10ms and 1h'),
    property: { name: 'auto.commit.interval.ms', toText: msToText },
  }),
  sessionTimeout: withDefault('45s', {
    ...group,
    placeholder: 'time',
    help: 'classic: without a heartbeat for so long a member is taken for dead',
    parse: timer,
    property: { name: 'session.timeout.ms', toText: msToText },
  }),
  heartbeatInterval: optional({
    ...group,
    placeholder: 'time',
    help: 'classic: how often a member tells that it is alive, and hears of a rebalance',
    parse: timer,
    fallbackText: '3s, and a third of the session at most',
    property: { name: 'heartbeat.interval.ms', toText: msToText },
  }),
  rebalanceTimeout: withDefault('1m', {
    ...group,
    placeholder: 'time',
    help: 'how long a member may take to give up partitions (max.poll.interval.ms)',
    parse: timer,
  }),
  churn: optional({
    ...group,
    placeholder: 'how',
    help: 'members come and go: leave:30s (every 30 s one leaves, and is back 15 s later), kill:30s (without a goodbye), leave:2/30s (two)',
    parse: parseChurn,
  }),
} as const
