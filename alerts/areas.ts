// Every area, in the order in which files are written and pages listed.
import type { Area } from './rule.ts'
import { agent } from './rules/agent.ts'
import { brokers } from './rules/brokers.ts'
import { canary } from './rules/canary.ts'
import { connect } from './rules/connect.ts'
import { consumers } from './rules/consumers.ts'
import { topics } from './rules/topics.ts'

export const areas: readonly Area[] = [consumers, topics, brokers, canary, connect, agent]

export const alertNames = areas.flatMap(({ alerts }) => alerts.map(({ name }) => name))
