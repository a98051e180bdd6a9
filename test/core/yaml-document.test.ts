// Shows that a document in YAML is read as it is meant, and that what is wrong is told where it stands.
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../core/errors.ts'
import { atTheirPlaces, readYaml } from '../../core/yaml-document.ts'

const text = `# yaml-language-server: $schema=./test.schema.json
kafka:
  topic: orders
scenarios:
  first:
    executor: constant-vus
    stages:
      - { duration: 5s, target: 1 }
      - duration: 10s
        target: 2
topics:
  my.own.topic:
    partitions: 3
  my:
    partitions: 1
`

function problemsOf(yaml: string): string[] {
  try {
    readYaml(yaml, 'test.yaml')
  } catch (error) {
    if (error instanceof MillraceError) return error.problems.map(({ path, message }) => `${path} ${message}`)
    throw error
  }
  return []
}

describe('readYaml', () => {
  it('reads values', () => {
    expect(readYaml(text, 'test.yaml').value).toEqual({
      kafka: { topic: 'orders' },
      scenarios: {
        first: {
          executor: 'constant-vus',
          stages: [
            { duration: '5s', target: 1 },
            { duration: '10s', target: 2 },
          ],
        },
      },
      topics: { 'my.own.topic': { partitions: 3 }, my: { partitions: 1 } },
    })
  })

  it.each([
    ['kafka.topic', '3:3'],
    ['kafka', '2:1'],
    ['scenarios.first.stages[0].target', '8:25'],
    ['scenarios.first.stages[1].target', '10:9'],
    ['scenarios.first.stages[1]', '9:9'],
    ['topics.my.own.topic.partitions', '13:5'],
    ['topics.my.partitions', '15:5'],
    ['scenarios.first.duration', '5:3'], // missing: where it should be
    ['thresholds', '2:1'],
  ])('%s is written at %s', (path, place) => {
    expect(readYaml(text, 'test.yaml').placeOf(path)).toBe(`test.yaml:${place} ${path}`)
  })

  it('follows anchors and merges', () => {
    const yaml = 'base: &base\n  acks: 1\nkafka:\n  <<: *base\n  topic: a\n'
    expect(readYaml(`%YAML 1.1\n---\n${yaml}`, 'test.yaml').value).toMatchObject({ kafka: { acks: 1, topic: 'a' } })
  })

  it('tells all that is no YAML, with line and column', () => {
    expect(problemsOf('a: 1\na: 2\nb: [1, 2\n')).toEqual([
      expect.stringMatching(/^test\.yaml:2:1 Map keys must be unique/),
      expect.stringMatching(/^test\.yaml:4:1 /),
    ])
    expect(problemsOf('a: *nowhere\n')).toEqual([expect.stringContaining('nowhere')])
  })

  it('refuses a bomb of aliases', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
    for (let level = 1; level < 9; level++) lines.push(`a${level}: &a${level} [${`*a${level - 1}, `.repeat(9)}]`)
    expect(problemsOf(`${lines.join('\n')}\n`)).toEqual([expect.stringContaining('alias')])
  })

  it('puts problems at their places, and leaves those of flags and variables', () => {
    const problems = [
      { path: 'options.kafka.topic', message: 'a' },
      { path: '--vus', message: 'b' },
      { path: 'K6_VUS', message: 'c' },
    ]
    expect(atTheirPlaces(problems, readYaml(text, 'test.yaml'), 'options.').map(({ path }) => path)).toEqual([
      'test.yaml:3:3 kafka.topic',
      '--vus',
      'K6_VUS',
    ])
  })
})
