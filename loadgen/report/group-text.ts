// The lines of a text report on the members of the run's group: how often partitions changed hands, and how long nobody read them.
import type { Rebalances } from '../group/model.ts'
import { countText, fixedText, msText, plural } from './format.ts'
import { line } from './lines.ts'

const listedMax = 5

export function groupLines(rebalances: Rebalances): string[] {
  const { group, protocol, assignor, consumers, formedSeconds, seconds, partitionPause, unfinished } = rebalances
  const how = assignor === undefined ? protocol : `${protocol}, ${assignor}`
  const { commits, commitsFailed } = rebalances
  const failed = commitsFailed === 0 ? '' : `, ${countText(commitsFailed)} FAILED`
  return [
    line('group', `${group} (${how}): ${plural(consumers, 'member')}, formed in ${fixedText(formedSeconds, 2)} s`),
    ...churnLines(rebalances),
    line('rebalances', rebalances.count === 0 ? 'none' : countLine(rebalances, seconds!)),
    ...listLines(rebalances),
    ...(partitionPause === undefined
      ? []
      : [
          line(
            'not read',
            `a partition for ${msText(partitionPause.p50Ms)} ms (p50), ${msText(partitionPause.p99Ms)} ms (p99), ${msText(partitionPause.maxMs)} ms at most`,
          ),
        ]),
    ...(unfinished === 0 ? [] : [line('', `${plural(unfinished, 'partition')} WITHOUT A READER when the run ended`)]),
    line('commits', `${countText(commits)}${failed}`),
  ]
}

function churnLines({ joined, left, killed }: Rebalances): string[] {
  if (joined + left + killed === 0) return []
  const parts = [left === 0 ? '' : `${countText(left)} left`, killed === 0 ? '' : `${countText(killed)} killed`]
  return [line('members', [...parts.filter(part => part !== ''), `${countText(joined)} came back`].join(', '))]
}

const countLine = ({ count }: Rebalances, { mean, max, total }: NonNullable<Rebalances['seconds']>): string =>
  `${countText(count)}, ${fixedText(mean, 2)} s each (mean), ${fixedText(max, 2)} s at most, ${fixedText(total, 2)} s in all`

/** The longest. */
function listLines({ list }: Rebalances): string[] {
  const longest = [...list].sort((one, other) => other.seconds - one.seconds).slice(0, listedMax)
  return longest.map(({ sec, seconds, partitions, cause }) =>
    line('', `at ${fixedText(sec, 1)} s: ${fixedText(seconds, 2)} s, ${plural(partitions, 'partition')}, ${cause}`),
  )
}
