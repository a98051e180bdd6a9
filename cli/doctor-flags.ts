// The flags of `millrace doctor`.
import { parseOneOf } from '../core/units.ts'
import { severities } from '../doctor/index.ts'
import { clientFlags } from './client-flags.ts'
import { reportFlag } from './document-reports.ts'
import { type FlagTable, type FlagValues, flag, parseText } from './flag-table.ts'

const what = 'What:'
const files = 'Files:'
const verdict = 'Verdict:'

export const doctorFlags = {
  ...clientFlags,
  topic: flag(
    what,
    'name',
    'these topics only, and internal ones; * stands for any text; may be repeated',
    parseText,
    true,
  ),
  group: flag(what, 'name', 'these groups only; * stands for any text; may be repeated', parseText, true),
  'server-properties': flag(files, 'file', 'server.properties of a broker, may be repeated', parseText, true),
  'client-properties': flag(
    files,
    'file',
    'properties of an application; producer or consumer by what is in it',
    parseText,
    true,
  ),
  'producer-properties': flag(files, 'file', 'properties of a producer, may be repeated', parseText, true),
  'consumer-properties': flag(files, 'file', 'properties of a consumer, may be repeated', parseText, true),
  'manual-commits': flag(files, undefined, 'the applications commit when they are done with a record', parseText),
  ignore: flag(
    verdict,
    'check[:subject]',
    'accept findings, as topic-two-replicas:topic scratch*; may be repeated',
    parseText,
    true,
  ),
  'fail-on': flag(
    verdict,
    'severity',
    `exit 40 for findings at least this bad: ${severities.join(', ')} or never (default: warning)`,
    parseOneOf([...severities, 'never']),
  ),
  report: reportFlag,
} as const satisfies FlagTable

type RepeatableKey =
  | 'property'
  | 'topic'
  | 'group'
  | 'server-properties'
  | 'client-properties'
  | 'producer-properties'
  | 'consumer-properties'
  | 'ignore'
  | 'report'

export type DoctorSettings = FlagValues<typeof doctorFlags, RepeatableKey>
