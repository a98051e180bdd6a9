// Shows that the Dockerfile copies and starts what there is, as nobody in particular, and that its health check says of a running agent that
// it is well, and of none that it is not. No image is built. Method: the Dockerfile as text, its health check as a process, the agent
// with the variables of the image against an embedded broker.
import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { runCli } from '../../cli/program.ts'
import {
  type Container,
  type DeploymentSpec,
  imageVariables,
  ofKind,
  packageJson,
  read,
  resourcesOf,
  root,
  writer,
} from './manifests.ts'

const lines = read('deploy/Dockerfile')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter(line => line !== '' && !line.startsWith('#'))
const words = (instruction: string) =>
  lines.filter(line => line.startsWith(`${instruction} `)).map(line => line.slice(instruction.length + 1).trim())
const last = (instruction: string) => words(instruction).at(-1)!
/** `CMD` and `ENTRYPOINT` as they are without a shell. */
const inJson = (text: string): string[] => JSON.parse(text.slice(text.indexOf('[')))

const check = inJson(last('HEALTHCHECK')).slice(1)

describe('the image', () => {
  it('is built by the Node of the package, and has neither a shell nor root', () => {
    const [build, final] = words('FROM')
    expect(build).toMatch(new RegExp(`^node:${packageJson.devDependencies.node}-\\w+-slim AS build$`))
    const major = packageJson.devDependencies.node!.split('.')[0]
    expect(final).toMatch(new RegExp(`^gcr\\.io/distroless/nodejs${major}-debian\\d+:nonroot$`))
    expect(last('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    expect(lines.some(line => line.startsWith('ADD '))).toBe(false)
  })

  it('starts the program of the package, the agent when nothing else is said', () => {
    const [program, ...more] = inJson(last('ENTRYPOINT')).slice(1)
    expect(more).toEqual([])
    expect(program).toBe(`/app/${packageJson.bin.millrace}`)
    expect(packageJson.files).toContain(packageJson.bin.millrace!.split('/')[0])
    expect(inJson(last('CMD'))).toEqual(['agent'])
    expect(words('COPY').at(-1)).toBe('--from=build /app /app')
    expect(last('EXPOSE')).toBe(imageVariables.MILLRACE_AGENT_LISTEN!.split(':')[1])
  })

  it('is sent all that the build reads', () => {
    const ignored = read('deploy/Dockerfile.dockerignore')
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
    const { include } = JSON.parse(read('tsconfig.build.json')) as { include: readonly string[] }
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> }
    const builder = scripts.build!.replace(/^node /, '')
    const shipped = packageJson.files.filter(path => path !== 'dist').flatMap(path => globSync(path, { cwd: root }))
    const needed = [
      ...include,
      ...shipped,
      builder,
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'tsconfig.build.json',
    ]
    expect(shipped).toContain('deploy')
    for (const path of needed) {
      expect(existsSync(join(root, path)), path).toBe(true)
      const isLeftOut = ignored.some(
        each => path === each || path.startsWith(`${each}/`) || each === `*.${path.split('.').at(-1)}`,
      )
      expect([path, isLeftOut]).toEqual([path, false])
    }
  })
})

describe('a running agent', () => {
  let brokers: EmbeddedCluster
  beforeAll(async () => {
    brokers = await startBroker()
  })
  afterAll(() => brokers.close())

  async function healthOf(listen: string): Promise<number> {
    const child = spawn(process.execPath, check, { env: { MILLRACE_AGENT_LISTEN: listen }, stdio: 'ignore' })
    const [code] = await once(child, 'close')
    return code as number
  }

  it('is well by the check of the image and by the probes of the pod; one that is not there is not', async () => {
    const events = new EventEmitter()
    const page = Promise.withResolvers<string>()
    const stdout = writer(text => page.resolve(/http:\/\/(\S+)\/metrics/.exec(text)?.[1] ?? ''))
    const env = { ...imageVariables, MILLRACE_AGENT_LISTEN: '127.0.0.1:0', MILLRACE_AGENT_BOOTSTRAP: brokers.bootstrap }
    const io = { stdout, stderr: writer(() => {}), env, events, exit: () => {} }
    const running = runCli(inJson(last('CMD')), io)
    const address = await page.promise
    expect(await healthOf(address)).toBe(0)
    const [pod] = ofKind<DeploymentSpec>(resourcesOf('deploy/kubernetes/agent.yaml'), 'Deployment')
    const [{ startupProbe, livenessProbe, readinessProbe }] = pod!.spec.template.spec.containers as [Container]
    const probes = [startupProbe!, livenessProbe!, readinessProbe!].map(({ httpGet }) => httpGet.path)
    for (const path of new Set(probes)) {
      const { status } = await fetch(`http://${address}${path}`)
      expect([path, status]).toEqual([path, path === '/healthz' ? 200 : expect.toBeOneOf([200, 503])])
    }
    events.emit('SIGTERM')
    expect(await running).toBe(0)
    expect(await healthOf(address)).toBe(1)
  })
})
