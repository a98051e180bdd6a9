// Options of k6 that have no meaning here, each with what to do instead. They are refused and never passed over.
const http = 'is about HTTP, and millrace speaks Kafka: leave it out'
const tls = 'is said to Kafka clients by their own properties: ssl.* in --command-config or ext.millrace.property'

export const refusedOptions: ReadonlyMap<string, string> = new Map([
  ['batch', http],
  ['batchPerHost', http],
  ['blacklistIPs', http],
  ['blockHostnames', http],
  ['discardResponseBodies', http],
  ['dns', 'is not supported: names are looked up by the system'],
  ['hosts', 'is not supported: use the hosts file of the system, or advertised.listeners of the brokers'],
  ['httpDebug', http],
  ['insecureSkipTLSVerify', tls],
  ['linger', 'is not supported: there is no server of k6 to stay for'],
  ['localIPs', 'is not supported: connections leave by the address that the system chooses'],
  ['maxRedirects', http],
  ['noConnectionReuse', http],
  ['noCookiesReset', http],
  ['noVUConnectionReuse', http],
  ['paused', 'is not supported: there is no server of k6 to resume by'],
  ['rps', 'is not supported (k6 discourages it too): use constant-arrival-rate or ramping-arrival-rate'],
  ['throw', http],
  ['tlsAIAFetch', tls],
  ['tlsAuth', tls],
  ['tlsCipherSuites', tls],
  ['tlsVersion', tls],
  ['userAgent', http],
  ['vusMax', 'is not an option of k6 any more: use maxVUs of a scenario with an arrival rate'],
  ['cloud', 'is not supported: tests run here'],
])
