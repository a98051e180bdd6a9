// The configuration of Alertmanager that is shipped, with a receiver that exists.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { MillraceError } from '../core/errors.ts'

/** alerts/alertmanager.yaml of the source tree, or of the package, which lies one folder further up from dist/alerts. */
function templatePath(): string {
  for (const path of ['./alertmanager.yaml', '../../alerts/alertmanager.yaml']) {
    const file = fileURLToPath(new URL(path, import.meta.url))
    if (existsSync(file)) return file
  }
  throw new MillraceError('INTERNAL', 'alerts/alertmanager.yaml is missing from this package')
}

/** Everything goes to the webhook. */
export const alertmanagerConfig = (webhookUrl: string): string =>
  readFileSync(templatePath(), 'utf8').replace(/url: .*/, `url: ${webhookUrl}`)
