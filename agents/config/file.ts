// The configuration file of the agent: which settings it has, each with its line; and its clusters, each with what is set for it
// alone. A key that is not known is a problem, with the one that was most likely meant.
import { nearestName } from '../../core/config.ts'
import type { ConfigProblem } from '../../core/errors.ts'
import { parseYaml, type YamlEntry, type YamlNode } from '../../core/yaml.ts'
import { agentSettings, settingAt } from './settings.ts'

/** A setting as it was given, and where. */
export interface Given {
  readonly texts: readonly string[]
  /** For messages: `agent.yaml:12 collectors.lag.interval`, `--lag-interval`, `MILLRACE_AGENT_LAG_INTERVAL`. */
  readonly origin: string
}

export type GivenByPath = ReadonlyMap<string, Given>

export interface FileCluster {
  /** Where it begins. */
  readonly origin: string
  /** name, bootstrap, command-config, request-timeout. */
  readonly own: ReadonlyMap<ClusterKey, Given>
  readonly properties: ReadonlyMap<string, Given>
  readonly settings: GivenByPath
}

export interface AgentFile {
  readonly settings: GivenByPath
  readonly clusters: readonly FileCluster[]
  readonly problems: readonly ConfigProblem[]
}

export const clusterKeys = ['name', 'bootstrap', 'command-config', 'request-timeout'] as const
export type ClusterKey = (typeof clusterKeys)[number]

export function readAgentFile(filePath: string, text: string): AgentFile {
  const { root, problems } = parseYaml(text)
  if (problems.length > 0) {
    const told = problems.map(({ line, message }) => ({ path: `${filePath}:${line}`, message }))
    return { settings: new Map(), clusters: [], problems: told }
  }
  const reader = new FileReader(filePath)
  return { ...reader.read(root), problems: reader.problems }
}

class FileReader {
  readonly problems: ConfigProblem[] = []
  readonly #filePath: string

  constructor(filePath: string) {
    this.#filePath = filePath
  }

  read(root: YamlNode): Omit<AgentFile, 'problems'> {
    const settings = new Map<string, Given>()
    const clusters: FileCluster[] = []
    for (const entry of this.#entriesOf(root, '')) {
      if (entry.key === 'clusters') clusters.push(...this.#clusters(entry))
      else this.#setting(entry, '', settings, ['clusters', ...keysUnder('', () => true)])
    }
    return { settings, clusters }
  }

  #clusters({ value, line }: YamlEntry): FileCluster[] {
    if (value.kind === 'list' && value.items.length > 0)
      return value.items.map((item, index) => this.#cluster(item, index))
    this.#problem(line, 'clusters', 'must be a list of clusters, each with a name and a bootstrap')
    return []
  }

  #cluster(node: YamlNode, index: number): FileCluster {
    const where = `clusters[${index}]`
    const own = new Map<ClusterKey, Given>()
    const properties = new Map<string, Given>()
    const settings = new Map<string, Given>()
    const known = [...clusterKeys, 'properties', ...keysUnder('', ({ isPerCluster }) => isPerCluster)]
    for (const entry of this.#entriesOf(node, where)) {
      const { key, value, line } = entry
      if (isClusterKey(key)) {
        const given = this.#scalar(value, line, `${where}.${key}`)
        if (given !== undefined) own.set(key, given)
      } else if (key === 'properties') {
        for (const property of this.#entriesOf(value, `${where}.properties`)) {
          const given = this.#scalar(property.value, property.line, `${where}.properties.${property.key}`)
          if (given !== undefined) properties.set(property.key, given)
        }
      } else this.#setting(entry, '', settings, known, where)
    }
    return { origin: this.#at(node.line, where), own, properties, settings }
  }

  /** Down to a setting that is known; what is on the way must be a section. */
  #setting(
    { key, line, value }: YamlEntry,
    parent: string,
    into: Map<string, Given>,
    known: readonly string[],
    where = '',
  ): void {
    const path = parent === '' ? key : `${parent}.${key}`
    const shown = where === '' ? path : `${where}.${path}`
    if (!known.includes(key)) return this.#unknown(line, shown, key, known)
    const setting = settingAt(path)
    if (setting === undefined) {
      const isPerCluster = where !== ''
      const inside = keysUnder(path, each => !isPerCluster || each.isPerCluster)
      for (const entry of this.#entriesOf(value, shown)) this.#setting(entry, path, into, inside, where)
    } else if (setting.isList && value.kind === 'list') {
      const texts = value.items.flatMap(
        (item, index) => this.#scalar(item, item.line, `${shown}[${index}]`)?.texts ?? [],
      )
      into.set(path, { texts, origin: this.#at(line, shown) })
    } else {
      const given = this.#scalar(value, line, shown)
      if (given !== undefined) into.set(path, given)
    }
  }

  #scalar(node: YamlNode, line: number, where: string): Given | undefined {
    if (node.kind === 'scalar') return { texts: [node.text], origin: this.#at(line, where) }
    const what = node.kind === 'empty' ? 'has no value' : `must be a single value, not a ${node.kind}`
    this.#problem(line, where, what)
    return undefined
  }

  #entriesOf(node: YamlNode, where: string): readonly YamlEntry[] {
    if (node.kind === 'map') return node.entries
    if (node.kind !== 'empty') this.#problem(node.line, where, 'must hold settings, as key: value')
    return []
  }

  #unknown(line: number, where: string, key: string, known: readonly string[]): void {
    const near = nearestName(key, known)
    const advice = near === undefined ? `known here: ${[...new Set(known)].join(', ')}` : `did you mean ${near}?`
    this.#problem(line, where, `is not a setting; ${advice}`)
  }

  #problem(line: number, where: string, message: string): void {
    this.problems.push({ path: this.#at(line, where), message })
  }

  #at(line: number, where: string): string {
    return `${this.#filePath}:${line}${where === '' ? '' : ` ${where}`}`
  }
}

const isClusterKey = (key: string): key is ClusterKey => clusterKeys.some(each => each === key)

/** The next words of the paths that begin with this one. */
function keysUnder(parent: string, isWanted: (setting: (typeof agentSettings)[number]) => boolean): string[] {
  const start = parent === '' ? '' : `${parent}.`
  const paths = agentSettings.filter(isWanted).map(({ path }) => path)
  return [...new Set(paths.filter(path => path.startsWith(start)).map(path => path.slice(start.length).split('.')[0]!))]
}
