// In which order clients take their turns. A broker that warms up, a disk that fills and a machine that grows hot favour whoever
// comes early or late, and a client may leave something behind for the next one. In a Williams design every client stands at every
// place equally often, and comes after every other one equally often: in n rounds for an even number of clients, in 2n for
// an odd one (E. J. Williams 1949, "Experimental designs balanced for the estimation of residual effects of treatments").

/** Rounds after which places and neighbours are balanced. */
export const balancedRounds = (clients: number): number => (clients % 2 === 0 ? clients : 2 * clients)

/** For each round, the clients in their order. With fewer rounds than `balancedRounds`, places are as even as may be. */
export function orderOf<T>(clients: readonly T[], rounds: number): T[][] {
  const square = williams(clients.length)
  return Array.from({ length: rounds }, (_, round) => square[round % square.length]!.map(index => clients[index]!))
}

function williams(count: number): number[][] {
  // 0, 1, n-1, 2, n-2, ...: the differences of neighbours are all different.
  const first = Array.from({ length: count }, (_, place) =>
    place === 0 ? 0 : place % 2 === 1 ? (place + 1) / 2 : count - place / 2,
  )
  const rows = Array.from({ length: count }, (_, shift) => first.map(index => (index + shift) % count))
  // An odd number needs each row backwards as well; a row and its mirror side by side are the fairest two of few.
  return count % 2 === 0 ? rows : rows.flatMap(row => [row, row.toReversed()])
}
