// What a client may do here, as bits by operation code (KIP-430). There is no authorizer, so it may do all that the kind of
// resource knows.

const codes = {
  read: 3,
  write: 4,
  create: 5,
  delete: 6,
  alter: 7,
  describe: 8,
  clusterAction: 9,
  describeConfigs: 10,
  alterConfigs: 11,
  idempotentWrite: 12,
} as const

const bitsOf = (...names: (keyof typeof codes)[]) => names.reduce((bits, name) => bits | (1 << codes[name]), 0)

/** Not asked for. */
export const notAsked = -0x8000_0000

export const allowedOn = {
  topic: bitsOf('read', 'write', 'create', 'delete', 'alter', 'describe', 'describeConfigs', 'alterConfigs'),
  cluster: bitsOf('create', 'alter', 'describe', 'clusterAction', 'describeConfigs', 'alterConfigs', 'idempotentWrite'),
  group: bitsOf('read', 'delete', 'describe'),
} as const
