// Every setting of the agent, once: the file, the flags, the environment, the JSON Schema and the annotated reference are all made
// from this table. A setting has one path in the file, `collectors.lag.interval`, and from it its flag, `--lag-interval`, and its
// variable, `MILLRACE_AGENT_LAG_INTERVAL`.
import { profileNames } from '../collector.ts'
import { parseInterval, parseTimeout } from '../collector-settings.ts'
import { collectorKinds } from '../collectors/index.ts'
import type { Setting } from '../setting.ts'
import { choice, parseListen, parseName, parsePattern, yesOrNo } from '../setting-parsers.ts'

export interface PlacedSetting extends Setting {
  /** In the file. */
  readonly path: string
  readonly flag: string
  readonly variable: string
  /** Heading in the help. */
  readonly heading: string
  /** May be set for one cluster alone, where it counts more than for all. */
  readonly isPerCluster: boolean
}

const envPrefix = 'MILLRACE_AGENT_'

function placed(path: string, heading: string, setting: Setting): PlacedSetting {
  const key = path.replace(/^collectors\./, '').replaceAll('.', '-')
  const isPerCluster = /^(groups|topics|collectors)\./.test(path)
  return {
    ...setting,
    path,
    heading,
    isPerCluster,
    flag: key,
    variable: envPrefix + key.toUpperCase().replaceAll('-', '_'),
  }
}

const page = 'Page:'
const what = 'What is looked at:'

const pattern = (help: string): Setting => ({
  placeholder: 'pattern',
  help: `${help}; * stands for any text, /.../ is a regular expression`,
  fallback: undefined,
  isList: true,
  parse: parsePattern,
})

const general: readonly PlacedSetting[] = [
  placed('listen', page, {
    placeholder: 'host:port',
    help: 'where /metrics is served; port 0: any free one',
    fallback: '127.0.0.1:9400',
    parse: parseListen,
  }),
  placed('web-config', page, {
    placeholder: 'file',
    help: 'TLS and basic auth, as a web configuration file of Prometheus exporters; read again when it changes',
    fallback: undefined,
    parse: parseName,
  }),
  placed('profiles', page, {
    ...choice(...profileNames),
    help: 'names that series go by: native, or those of other exporters, so that their boards and alerts go on working',
    fallback: 'native',
    isList: true,
  }),
  placed('groups.allow', what, pattern('groups to look at, all when left out')),
  placed('groups.deny', what, pattern('groups to leave out; wins over allow')),
  placed('topics.allow', what, pattern('topics to look at, all when left out')),
  placed('topics.deny', what, pattern('topics to leave out; wins over allow')),
]

const ofCollectors: readonly PlacedSetting[] = collectorKinds.flatMap(kind => {
  const heading = `Collector ${kind.name}:`
  const at = (key: string, setting: Setting) => placed(`collectors.${kind.name}.${key}`, heading, setting)
  return [
    at('enabled', {
      ...yesOrNo,
      help: kind.help,
      fallback: String(kind.isOnByDefault),
    }),
    at('interval', {
      placeholder: 'time',
      help: 'from the beginning of one look to that of the next',
      fallback: kind.interval,
      parse: parseInterval,
    }),
    at('timeout', {
      placeholder: 'time',
      help: 'how long one request may take',
      fallback: kind.timeout,
      parse: parseTimeout,
    }),
    ...Object.entries(kind.settings).map(([key, setting]) => at(key, setting)),
  ]
})

export const agentSettings: readonly PlacedSetting[] = [...general, ...ofCollectors]

const byPath = new Map(agentSettings.map(setting => [setting.path, setting]))

export const settingAt = (path: string): PlacedSetting | undefined => byPath.get(path)
