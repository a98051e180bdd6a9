// Sizes of record values, drawn per record.
import type { Random } from '../../core/random.ts'
import type { SizePlan } from '../plan.ts'

export interface SizeRange {
  readonly bytesMin: number
  readonly bytesMax: number
}

export function sizeRange(plan: SizePlan): SizeRange {
  switch (plan.kind) {
    case 'fixed':
      return { bytesMin: plan.bytes, bytesMax: plan.bytes }
    case 'uniform':
      return plan
    case 'weighted':
      return {
        bytesMin: Math.min(...plan.buckets.map(bucket => bucket.bytesMin)),
        bytesMax: Math.max(...plan.buckets.map(bucket => bucket.bytesMax)),
      }
  }
}

export function meanSizeBytes(plan: SizePlan): number {
  const middle = ({ bytesMin, bytesMax }: SizeRange) => (bytesMin + bytesMax) / 2
  if (plan.kind !== 'weighted') return middle(sizeRange(plan))
  const total = plan.buckets.reduce((sum, bucket) => sum + bucket.weight, 0)
  return plan.buckets.reduce((sum, bucket) => sum + (middle(bucket) * bucket.weight) / total, 0)
}

export function makeSizeSource(plan: SizePlan, random: Random): () => number {
  switch (plan.kind) {
    case 'fixed':
      return () => plan.bytes
    case 'uniform':
      return () => within(plan, random)
    case 'weighted':
      return weighted(plan.buckets, random)
  }
}

function weighted(buckets: readonly (SizeRange & { readonly weight: number })[], random: Random): () => number {
  const total = buckets.reduce((sum, bucket) => sum + bucket.weight, 0)
  return () => {
    let rest = random.fraction() * total
    for (const bucket of buckets) {
      rest -= bucket.weight
      if (rest < 0) return within(bucket, random)
    }
    return within(buckets.at(-1)!, random)
  }
}

const within = ({ bytesMin, bytesMax }: SizeRange, random: Random) => bytesMin + random.below(bytesMax - bytesMin + 1)
