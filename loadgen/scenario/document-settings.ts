// What a document says to Kafka as settings of a bench run: text, as the flags' own parsers take it.
import { Setting } from '../../core/config.ts'
import type { KafkaKey, KafkaSettings } from './document.ts'

export function settingsOf(kafka: KafkaSettings | undefined, path: string): Setting[] {
  if (kafka === undefined) return []
  const entries = Object.entries(kafka).filter(
    ([key, value]) => key !== 'role' && key !== 'lane' && value !== undefined,
  )
  return entries.map(([key, value]) => new Setting(key as KafkaKey, 'file', `${path}.${key}`, textOf(value)))
}

/** As the flag's own parser takes it. */
function textOf(value: NonNullable<KafkaSettings[KafkaKey]>): string {
  if (Array.isArray(value)) return value.join(',')
  if (typeof value !== 'object') return String(value)
  return Object.entries(value)
    .map(([name, text]) => `${name}=${text}`)
    .join('\n')
}
