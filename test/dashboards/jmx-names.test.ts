// Shows that the names of the JMX exporter on boards are those that deploy/jmx_exporter/kafka.yaml makes: each is derived from its bean
// by the rules of that file, as the exporter does it (the first pattern that fits, all in small letters).
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { type JmxMetric, jmxMetrics } from '../../metrics/catalog/jmx.ts'

interface Rule {
  readonly pattern: string
  readonly name: string
  readonly type: string
  readonly labels?: Readonly<Record<string, string>>
}

const config: { rules: Rule[]; includeObjectNames: string[] } = parse(
  readFileSync(new URL('../../deploy/jmx_exporter/kafka.yaml', import.meta.url), 'utf8'),
)

function made(bean: string) {
  for (const { pattern, name, type, labels = {} } of config.rules) {
    const match = new RegExp(pattern).exec(bean)
    if (match === null) continue
    const filled = (text: string) => text.replace(/\$(\d)/g, (_, index: string) => match[Number(index)] ?? '')
    return { name: filled(name).toLowerCase(), type: type.toLowerCase(), labels: Object.keys(labels).map(filled) }
  }
  return undefined
}

/** `kafka.server:type=A,name=B` of `kafka.server<type=A, name=B><>Count`. */
const objectName = (bean: string) =>
  bean.replace(/<(.*?)><>.*/, (_, properties: string) => `:${properties.replaceAll(', ', ',')}`)
const matches = (glob: string, name: string) =>
  new RegExp(
    `^${glob
      .split('*')
      .map(part => part.replace(/[.\\+?^${}()|[\]]/g, '\\$&'))
      .join('.*')}$`,
  ).test(name)

it.each(Object.values<JmxMetric>(jmxMetrics).filter(({ bean }) => bean !== undefined))(
  '$name',
  ({ bean, name, type, labels }) => {
    expect(made(bean!)).toEqual({ name, type, labels })
    expect(config.includeObjectNames.filter(glob => matches(glob, objectName(bean!)))).not.toEqual([])
  },
)
