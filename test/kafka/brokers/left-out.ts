// What the embedded broker leaves out on purpose and a suite for both brokers needs somewhere. Each is a line of
// broker/SKIPPED.md, by its first column: test/broker/left-out.test.ts holds the two together.
export const leftOut = {
  authorization: 'Authorization',
  oauthBearer: 'OAUTHBEARER, GSSAPI',
  reassignments: 'Reassignment, elections on request',
  youngGroups: 'Share groups, streams groups',
} as const satisfies Record<string, string>

export type Capability = keyof typeof leftOut
