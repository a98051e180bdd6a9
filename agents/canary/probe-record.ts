// What a canary record holds: text that a person who reads the topic understands.

export interface Probe {
  /** Of the run that sent it: several agents may share a topic, and each minds its own. */
  readonly run: string
  readonly sequence: number
  /** For people; latency is taken from the clock of the process, which is not in the record. */
  readonly sentAt: string
}

export const encodeProbe = ({ run, sequence, sentAt }: Probe): Buffer =>
  Buffer.from(JSON.stringify({ canary: run, sequence, sentAt }))

/** Undefined for what somebody else wrote. */
export function decodeProbe(value: Uint8Array | null): Probe | undefined {
  if (value === null) return undefined
  try {
    const { canary: run, sequence, sentAt } = JSON.parse(Buffer.from(value).toString())
    const isOurs =
      typeof run === 'string' && Number.isSafeInteger(sequence) && sequence >= 0 && typeof sentAt === 'string'
    return isOurs ? { run, sequence, sentAt } : undefined
  } catch {
    return undefined
  }
}
