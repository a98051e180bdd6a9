// What a producing suite asks of its contestants.

export interface ProduceTerms {
  readonly recordBytes: number
  readonly acks: '1' | 'all'
  readonly idempotent: boolean
}
