// Who may see the page: the web configuration, read again when it changes, and what it asks of a request.
import { createHash, timingSafeEqual } from 'node:crypto'
import { statSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import type { ServerOptions } from 'node:https'
import { isMillraceError } from '../core/errors.ts'
import { openToAll, readWebConfig, type WebConfig, type WebTls } from './web-config.ts'

/** How often the files are looked at. */
const lookAgainMs = 5_000
/** Passwords that were right, as digests, so that bcrypt is not run for every scrape. */
const rememberedMax = 100
/** Of no password: somebody who does not exist takes as long as somebody who does. */
const nobodysHash = '$2b$10$39SV69pzzMQE/ACiGp2xe.sXB.k9e5Z2S4kf/DWJ9pW622b3vQiy2'

export interface Refusal {
  readonly status: 401 | 403
  readonly headers: Readonly<Record<string, string>>
}

export class WebDoor {
  readonly #path: string | undefined
  readonly #onNotice: (text: string) => void
  readonly #remembered = new Set<string>()
  #config: WebConfig
  #seen: string
  #timer: NodeJS.Timeout | undefined
  /** One password at a time: hashing is slow on purpose, and must not take the machine. */
  #turn: Promise<unknown> = Promise.resolve()

  /** Throws what is wrong with the file. */
  constructor(path: string | undefined, onNotice: (text: string) => void) {
    this.#path = path
    this.#onNotice = onNotice
    this.#config = path === undefined ? openToAll : readWebConfig(path)
    this.#seen = this.#stamp()
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#config.headers
  }

  /** Undefined: plain HTTP. */
  get tlsOptions(): ServerOptions | undefined {
    return this.#config.tls === undefined ? undefined : optionsOf(this.#config.tls)
  }

  /** `onTls` hears of certificates that have changed. */
  watch(onTls: (options: ServerOptions) => void): void {
    if (this.#path === undefined) return
    this.#timer = setInterval(() => this.lookAgain(onTls), lookAgainMs)
    this.#timer.unref()
  }

  lookAgain(onTls: (options: ServerOptions) => void): void {
    const seen = this.#stamp()
    if (seen === this.#seen) return
    this.#seen = seen
    try {
      const config = readWebConfig(this.#path!)
      if ((config.tls === undefined) !== (this.#config.tls === undefined)) {
        this.#onNotice(`${this.#path}: TLS is switched on or off by a restart only`)
        return
      }
      this.#config = config
      this.#remembered.clear()
      if (config.tls !== undefined) onTls(optionsOf(config.tls))
    } catch (error) {
      const why = isMillraceError(error) ? error.message : String(error)
      this.#onNotice(`${this.#path}: not taken over, the page goes on as before: ${why}`)
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** Undefined: may enter. */
  async refusal(request: IncomingMessage): Promise<Refusal | undefined> {
    if (!this.#hasCertificate(request)) return { status: 403, headers: {} }
    if (this.#config.users.size === 0 || (await this.#isKnown(request.headers.authorization))) return undefined
    return { status: 401, headers: { 'www-authenticate': 'Basic' } }
  }

  /** What OpenSSL does not ask for by itself. */
  #hasCertificate({ socket }: IncomingMessage): boolean {
    const clientAuth = this.#config.tls?.clientAuth
    if (clientAuth !== 'RequireAnyClientCert' && clientAuth !== 'VerifyClientCertIfGiven') return true
    const peer = socket as unknown as { getPeerCertificate(): object; readonly authorized: boolean }
    const isGiven = Object.keys(peer.getPeerCertificate()).length > 0
    return clientAuth === 'RequireAnyClientCert' ? isGiven : !isGiven || peer.authorized
  }

  async #isKnown(authorization: string | undefined): Promise<boolean> {
    const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '') ?? []
    if (encoded === undefined) return false
    const [, user, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? []
    if (user === undefined || password === undefined) return false
    const hash = this.#config.users.get(user)
    const digest = createHash('sha256').update(`${user}\0${hash}\0${password}`).digest('hex')
    if (this.#isRemembered(digest)) return true
    const turn = this.#turn.then(() => verified(password, hash ?? nobodysHash))
    this.#turn = turn.catch(() => false)
    const isRight = (await turn) && hash !== undefined
    if (isRight) this.#remember(digest)
    return isRight
  }

  #isRemembered(digest: string): boolean {
    const bytes = Buffer.from(digest)
    return [...this.#remembered].some(each => timingSafeEqual(Buffer.from(each), bytes))
  }

  #remember(digest: string): void {
    if (this.#remembered.size >= rememberedMax) this.#remembered.clear()
    this.#remembered.add(digest)
  }

  #stamp(): string {
    return this.#config.files.map(file => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 'gone').join(' ')
  }
}

/** The library is native: it is loaded when there are users. */
async function verified(password: string, hash: string): Promise<boolean> {
  const { verify } = await import('@node-rs/bcrypt')
  return verify(password, hash)
}

function optionsOf({
  cert,
  key,
  clientAuth,
  clientCa,
  minVersion,
  maxVersion,
  ciphers,
  curves,
}: WebTls): ServerOptions {
  return {
    ...{ cert, key, minVersion, maxVersion },
    requestCert: clientAuth !== 'NoClientCert',
    rejectUnauthorized: clientAuth === 'RequireAndVerifyClientCert',
    ...(clientCa === undefined ? {} : { ca: clientCa }),
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(curves === undefined ? {} : { ecdhCurve: curves }),
  }
}
