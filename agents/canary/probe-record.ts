// What a canary record holds: text that a person who reads the topic understands.
import { z } from 'zod'

export interface Probe {
  /** Of the run that sent it: several agents may share a topic, and each minds its own. */
  readonly run: string
  readonly sequence: number
  /** For people; latency is taken from the clock of the process, which is not in the record. */
  readonly sentAt: string
}

const schema = z.object({ canary: z.string(), sequence: z.int().nonnegative(), sentAt: z.string() })

export const encodeProbe = ({ run, sequence, sentAt }: Probe): Buffer =>
  Buffer.from(JSON.stringify({ canary: run, sequence, sentAt }))

/** Undefined for what somebody else wrote. */
export function decodeProbe(value: Uint8Array | null): Probe | undefined {
  if (value === null) return undefined
  try {
    const { canary: run, sequence, sentAt } = schema.parse(JSON.parse(Buffer.from(value).toString()))
    return { run, sequence, sentAt }
  } catch {
    return undefined
  }
}
