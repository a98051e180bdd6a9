// Shows that the Dockerfile copies and starts what there is, as nobody in particular, and that the build is sent what it reads. No image is
// built. Method: the Dockerfile as text.
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dockerfileJson, last, lines, words } from './dockerfile.ts'
import { imageVariables, packageJson, read, root } from './manifests.ts'

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
    const [program, ...more] = dockerfileJson('ENTRYPOINT').slice(1)
    expect(more).toEqual([])
    expect(program).toBe(`/app/${packageJson.bin.millrace}`)
    expect(packageJson.files).toContain(packageJson.bin.millrace!.split('/')[0])
    expect(dockerfileJson('CMD')).toEqual(['agent'])
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
