// The audit of the functions of a test while its scenarios run: their threads, the machine, the clocks, and the brokers before and after.
import { makeClock, makeClockOrigin } from '../../core/clock.ts'
import type { HostPort } from '../../wire/settings.ts'
import { Auditor } from '../audit/auditor.ts'
import { auditBrokers, type BrokersView } from '../audit/brokers.ts'
import { type SystemFiles, systemFiles } from '../audit/files.ts'
import type { Audit, BrokersAudit } from '../audit/model.ts'
import { cpuTimesIn } from '../audit/proc.ts'
import type { WorkerHealth } from '../crew.ts'

const windowMs = 1_000

/** What clusters say of themselves; without topics that the test knows they are not asked. */
export interface BrokersLook {
  readonly addresses: readonly HostPort[]
  /** By topic. */
  readonly views: ReadonlyMap<string, BrokersView>
}

export interface ScriptAuditSettings {
  readonly healths: readonly WorkerHealth[]
  /** Where brokers are, when no cluster is asked. */
  readonly bootstrap: readonly HostPort[]
  look(): Promise<BrokersLook>
}

export class ScriptAudit {
  readonly #settings: ScriptAuditSettings
  readonly #auditor: Auditor
  readonly #clock = makeClock(makeClockOrigin())
  readonly #files: SystemFiles = systemFiles
  readonly #before: BrokersLook
  readonly #steals: { readonly warmup: false; readonly stealPercent: number }[] = []
  #times = cpuTimesIn(this.#files.read('/proc/stat') ?? '')
  #cpu = process.cpuUsage()
  #startNs = 0
  #lastNs = 0
  #timer: NodeJS.Timeout | undefined

  private constructor(settings: ScriptAuditSettings, before: BrokersLook) {
    this.#settings = settings
    this.#before = before
    this.#auditor = new Auditor({
      nowNs: this.#clock.nowNs,
      wallMs: Date.now,
      files: this.#files,
      ownPid: process.pid,
      brokers: before.addresses.length > 0 ? before.addresses : settings.bootstrap,
      workers: settings.healths,
    })
  }

  /** Looks for the brokers among the processes, which takes its time: before the scenarios begin. */
  static async open(settings: ScriptAuditSettings): Promise<ScriptAudit> {
    return new ScriptAudit(settings, await settings.look())
  }

  /** The scenarios begin: what was before does not count. */
  begin(): void {
    this.#auditor.close('warm-up', 'measuring')
    this.#times = cpuTimesIn(this.#files.read('/proc/stat') ?? '')
    this.#cpu = process.cpuUsage()
    this.#startNs = this.#lastNs = this.#clock.nowNs()
    this.#timer = setInterval(() => this.#closeWindow('measuring'), windowMs)
  }

  /** The scenarios are over. */
  end(): void {
    clearInterval(this.#timer)
    this.#closeWindow('draining')
    this.#cpu = process.cpuUsage(this.#cpu)
    this.#auditor.stop()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#auditor.stop()
  }

  get measuredSec(): number {
    return (this.#lastNs - this.#startNs) / 1e9
  }

  /** After the end. */
  async audit(): Promise<Audit> {
    const { user, system } = this.#cpu
    return this.#auditor.audit({
      measuredSec: this.measuredSec,
      ownCpuSec: (user + system) / 1e6,
      windows: this.#steals,
      brokers: await this.#brokers(),
    })
  }

  #closeWindow(next: 'measuring' | 'draining'): void {
    const [nowNs, now] = [this.#clock.nowNs(), cpuTimesIn(this.#files.read('/proc/stat') ?? '')]
    const seconds = (nowNs - this.#lastNs) / 1e9
    // A second of the machine: what is left at the end is too short to say anything of steal.
    if (now !== undefined && this.#times !== undefined && seconds >= windowMs / 2_000) {
      const stealPercent = ((now.stealSec - this.#times.stealSec) / now.processors / seconds) * 100
      this.#steals.push({ warmup: false, stealPercent: Math.max(0, stealPercent) })
    }
    this.#times = now
    this.#lastNs = nowNs
    this.#auditor.close('measuring', next)
  }

  async #brokers(): Promise<BrokersAudit> {
    const { views } = this.#before
    const after = await this.#settings.look()
    // How often a connection of a VU went is the script's to see: its sends fail.
    const each = [...views].map(([topic, before]) => auditBrokers(before, after?.views.get(topic), []))
    return {
      connectionsLost: 0,
      leaderChanges: each.reduce((sum, { leaderChanges }) => sum + leaderChanges, 0),
      lost: [...new Set(each.flatMap(({ lost }) => lost))],
      known: each.length > 0 && each.every(({ known }) => known),
    }
  }
}
