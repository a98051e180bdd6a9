// Standard output and standard error, with the two ways in which they fail told apart: a reader that left (`| head`) is
// no error and ends the output quietly; a full disk behind `> file` is.
import { MillraceError } from '../core/errors.ts'

export interface OutputStream {
  write(text: string, done?: (error?: Error | null) => void): boolean
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/** Resolves when the text is handed to the system, so that leaving the process afterwards cuts nothing off. */
export function print(stream: OutputStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, error => {
      if (!error || isBrokenPipe(error)) return resolve()
      reject(new MillraceError('OUTPUT_FAILED', `cannot write to standard output: ${error.message}`, { cause: error }))
    })
  })
}

const isBrokenPipe = (error: NodeJS.ErrnoException): boolean =>
  error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED'
