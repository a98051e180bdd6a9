// Flags for runs whose producers and consumers are processes or hosts apart.
import { list, optional } from '../flag.ts'
import { parseHostPort } from '../parsers.ts'
import { consuming, producing } from './shared.ts'

export const clockFlags = {
  clockListen: optional({
    group: 'Clocks:',
    modes: producing,
    placeholder: 'host:port',
    help: 'answer there (UDP) what consumers on other hosts ask of the clock that stamps the records',
    parse: parseHostPort,
  }),
  clockPeer: list({
    group: 'Clocks:',
    modes: consuming,
    placeholder: 'host:port',
    help: '--clock-listen of a producing run: its records are timed, by the offset between both clocks; may be repeated',
    parse: parseHostPort,
  }),
} as const
