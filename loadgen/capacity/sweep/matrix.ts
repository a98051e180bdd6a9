// Which combinations of settings are run: all of them, or as many as the time allows, spread so that every region is near to one that
// was run. Pure, and the same every time.

export interface Axis {
  /** A flag of bench: `partitions`, `record-size`. */
  readonly name: string
  readonly values: readonly string[]
}

/** Index of a value on each axis. */
export type Point = readonly number[]

export function matrix(axes: readonly Axis[]): Point[] {
  return axes.reduce<Point[]>(
    (points, { values }) => points.flatMap(point => values.map((_, index) => [...point, index])),
    [[]],
  )
}

/**
 * `over`: the axis whose curve is fitted. Its whole line at the first value of the others comes first; then, one by one, the point that
 * is furthest from all that are chosen (a greedy maximin design, Johnson, Moore and Ylvisaker 1990).
 */
export function chosen(axes: readonly Axis[], count: number, over: number | undefined): Point[] {
  const all = matrix(axes)
  if (all.length <= count) return all
  const line = all.filter(point => point.every((index, axis) => axis === over || index === 0))
  const picked = over === undefined ? [all[0]!] : line
  const left = all.filter(point => !picked.includes(point))
  const scales = axes.map(({ values }) => Math.max(1, values.length - 1))
  const distance = (one: Point, other: Point) =>
    one.reduce((sum, index, axis) => sum + ((index - other[axis]!) / scales[axis]!) ** 2, 0)
  const nearest = left.map(point => Math.min(...picked.map(other => distance(point, other))))
  while (picked.length < count && left.length > 0) {
    const best = nearest.indexOf(Math.max(...nearest))
    const [point] = left.splice(best, 1)
    nearest.splice(best, 1)
    picked.push(point!)
    left.forEach((other, index) => {
      nearest[index] = Math.min(nearest[index]!, distance(other, point!))
    })
  }
  return picked
}

export const settingsAt = (axes: readonly Axis[], point: Point): Record<string, string> =>
  Object.fromEntries(axes.map(({ name, values }, axis) => [name, values[point[axis]!]!]))
