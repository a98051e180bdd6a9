// One thing that is done to a broker while the proxy listens.
export interface Step {
  /** As the fixture names the client that sent the request. */
  readonly client: string
  run(): Promise<void>
}

/** What all steps use: made first, deleted last. */
export const topic = 'fixtures'
export const group = 'fixtures-group'
