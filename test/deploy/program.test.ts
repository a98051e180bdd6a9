// Shows that the program takes the settings that deploy/ gives it, and that the health check of the image and the probes of the pod say of a
// running agent that it is well, and of none that it is not. Method: its own command line; the files that would be mounted, in a temporary
// folder; the agent with the variables of the image against an embedded broker.
import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { millrace } from '../cli/millrace.ts'
import { selfSigned } from '../wire/self-signed.ts'
import { dockerfileJson } from './dockerfile.ts'
import {
  agentsOf,
  type Container,
  compose,
  composeFolder,
  deployments,
  imageVariables,
  type Labels,
  type Mount,
  mountsOf,
  ofKind,
  type Resource,
  read,
  resourcesOf,
} from './manifests.ts'

/** Nobody has this flag: a command that is right otherwise complains about it alone, and does nothing. */
const strayFlag = '--not-a-flag'

async function complaintsOf(args: readonly string[], env: Labels): Promise<string> {
  const { exitCode, stderr } = await millrace([...args, strayFlag], { env })
  return `${exitCode} ${stderr}`
}

/**
 * What the program has to say against its arguments, variables and files, and what it says when nothing is wrong. `files` are by their
 * place in the container.
 */
async function saidAgainst(args: readonly string[], env: Labels = {}, files: Labels = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-deploy-'))
  const moved = (text: string) => Object.keys(files).reduce((all, path) => all.replaceAll(path, join(dir, path)), text)
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true })
      writeFileSync(join(dir, path), moved(text))
    }
    const said = await complaintsOf(args.map(moved), env)
    const command = args.slice(0, args[0] === 'agent' ? 1 : 2)
    return { said, nothing: await complaintsOf([...command, '--bootstrap', 'kafka:9092'], {}) }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const jaas = 'org.apache.kafka.common.security.scram.ScramLoginModule required username="millrace-agent" password="x";'

/** With its configuration where the Deployment mounts it. */
function saidBy(path: string, configPath: string, env: Labels, files: Labels = {}, edited = (text: string) => text) {
  const { deployment } = deployments.find(each => each.path === path)!
  const [{ args, volumeMounts = [] }] = agentsOf(deployment.spec.template.spec) as [Container]
  const config = volumeMounts.find(({ name }) => name === 'config')!.mountPath
  const [{ data }] = ofKind(resourcesOf(configPath), 'ConfigMap') as [Resource]
  for (const file of Object.keys(files)) expect(volumeMounts.map(each => each.mountPath)).toContain(dirname(file))
  return saidAgainst(args!, { ...imageVariables, ...env }, { ...files, [config]: edited(data!['agent.yaml']!) })
}

describe('settings', () => {
  it('takes the configuration of deploy/kubernetes', async () => {
    const { said, nothing } = await saidBy('deploy/kubernetes/agent.yaml', 'deploy/kubernetes/agent-config.yaml', {})
    expect(said).toBe(nothing)
  })

  it('takes the properties that are proposed there for TLS', async () => {
    const proposed = (text: string) => text.replaceAll(/^ {4}# ( *(?:properties:|sasl\.|ssl\.|security\.))/gm, '    $1')
    const { said, nothing } = await saidBy(
      'deploy/kubernetes/agent.yaml',
      'deploy/kubernetes/agent-config.yaml',
      { MILLRACE_SASL_JAAS_CONFIG: jaas },
      { '/etc/millrace/tls/ca.crt': selfSigned('ca').certificatePem },
      proposed,
    )
    expect(said).toBe(nothing)
  })

  it('takes the variables of the sidecar', async () => {
    const { deployment } = deployments.find(({ path }) => path.endsWith('sidecar-example.yaml'))!
    const [{ args, env = [] }] = agentsOf(deployment.spec.template.spec) as [Container]
    const variables = Object.fromEntries(env.map(({ name, value }) => [name, value!]))
    const { said, nothing } = await saidAgainst(args!, { ...imageVariables, ...variables })
    expect(said).toBe(nothing)
    const wrong = await saidAgainst(args!, { ...variables, MILLRACE_AGENT_GROUP_ALLOW: 'x' })
    expect(wrong.said).toContain('did you mean MILLRACE_AGENT_GROUPS_ALLOW?')
  })

  it('takes the configuration for Strimzi, with the Secrets that Strimzi makes, and not without', async () => {
    const path = 'deploy/strimzi/agent.yaml'
    const ca = { '/etc/millrace/tls/ca.crt': selfSigned('ca').certificatePem }
    const { said, nothing } = await saidBy(path, path, { MILLRACE_SASL_JAAS_CONFIG: jaas }, ca)
    expect(said).toBe(nothing)
    expect((await saidBy(path, path, {}, ca)).said).toContain('sasl.jaas.config')
    expect((await saidBy(path, path, { MILLRACE_SASL_JAAS_CONFIG: jaas })).said).toContain('/etc/millrace/tls/ca.crt')
  })

  it('the agent takes the configuration of the compose file', async () => {
    const { command = [], volumes } = compose.services.agent!
    expect(volumes).toHaveLength(1)
    const [{ path, target }] = mountsOf(compose.services.agent!) as [Mount]
    const { said, nothing } = await saidAgainst(command, imageVariables, { [target]: read(path!) })
    expect(said).toBe(nothing)
    const wrong = await saidAgainst(command, {}, { [target]: read(path!).replace('canary', 'canari') })
    expect(wrong.said).toContain('did you mean canary?')
  })

  it('the load takes its flags, and writes to a broker that the compose file has', async () => {
    const { command = [] } = compose.services.load!
    const { said, nothing } = await saidAgainst(command, imageVariables)
    expect(said).toBe(nothing)
    expect((await saidAgainst([...command, '--rate=fast'])).said).not.toBe(nothing)
    const [, address] = /PLAINTEXT:\/\/(\S+?),/.exec(
      String(compose.services.kafka!.environment!.KAFKA_ADVERTISED_LISTENERS),
    )!
    expect(command).toContain(`--bootstrap=${address}`)
    expect(read(`${composeFolder}/agent.yaml`)).toContain(`bootstrap: ${address}\n`)
  })
})

describe('a running agent', () => {
  let brokers: EmbeddedCluster
  beforeAll(async () => {
    brokers = await startBroker()
  })
  afterAll(() => brokers.close())

  async function healthOf(listen: string): Promise<number> {
    const child = spawn(process.execPath, dockerfileJson('HEALTHCHECK').slice(1), {
      env: { MILLRACE_AGENT_LISTEN: listen },
      stdio: 'ignore',
    })
    const [code] = await once(child, 'close')
    return code as number
  }

  it('is well by the check of the image and by the probes of the pod; one that is not there is not', async () => {
    const events = new EventEmitter()
    const page = Promise.withResolvers<string>()
    const onStdout = (text: string) => page.resolve(/http:\/\/(\S+)\/metrics/.exec(text)?.[1] ?? '')
    const env = { ...imageVariables, MILLRACE_AGENT_LISTEN: '127.0.0.1:0', MILLRACE_AGENT_BOOTSTRAP: brokers.bootstrap }
    const running = millrace(dockerfileJson('CMD'), { env, events, onStdout })
    const address = await page.promise
    expect(await healthOf(address)).toBe(0)
    const { deployment } = deployments.find(({ path }) => path === 'deploy/kubernetes/agent.yaml')!
    const [{ startupProbe, livenessProbe, readinessProbe }] = agentsOf(deployment.spec.template.spec) as [Container]
    const probes = [startupProbe!, livenessProbe!, readinessProbe!].map(({ httpGet }) => httpGet.path)
    for (const path of new Set(probes)) {
      const { status } = await fetch(`http://${address}${path}`)
      expect([path, status]).toEqual([path, path === '/healthz' ? 200 : expect.toBeOneOf([200, 503])])
    }
    events.emit('SIGTERM')
    expect(await running).toMatchObject({ exitCode: 0 })
    expect(await healthOf(address)).toBe(1)
  })
})
