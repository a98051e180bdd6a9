// An outcome leaves: text, files, and the exit code.
import { join } from 'node:path'
import { exitCodes } from '../../core/errors.ts'
import { gateReport } from '../../loadgen/report/gate/formats.ts'
import type { GateOutcome } from '../../loadgen/verdict/gate/model.ts'
import { Delivery } from '../delivery.ts'
import { print } from '../output.ts'
import type { Io } from '../program.ts'
import type { SharedGate } from './shared-flags.ts'

export function gateExitCode({ verdict }: Pick<GateOutcome, 'verdict'>, isInconclusiveFailure: boolean): number {
  if (verdict === 'regression') return exitCodes.thresholds
  if (verdict === 'invalid') return exitCodes.notValid
  if (verdict === 'inconclusive' && isInconclusiveFailure) return exitCodes.inconclusive
  return exitCodes.ok
}

export async function deliverGate(gate: GateOutcome, shared: SharedGate, io: Io): Promise<number> {
  const { reports, out, json, quiet, isInconclusiveFailure } = shared
  const delivery = new Delivery(io, quiet, gateExitCode(gate, isInconclusiveFailure))
  const shown = reports.filter(({ path }) => path === '-')
  if (json) await delivery.show(gateReport('json', gate))
  // Annotations are read by a machine out of what a person reads too.
  else if (shown.every(({ format }) => format === 'github')) await delivery.show(gateReport('text', gate))
  for (const { format } of shown) await delivery.show(gateReport(format, gate))
  for (const { format, path } of reports) {
    if (path !== '-') await delivery.file(format, path, gateReport(format, gate))
  }
  if (out !== undefined) await delivery.file('outcome', out, gateReport('json', gate))
  return delivery.exitCode
}

/** Files of `--dir`, beside the results of both sides; docs/gate.md shows the folder. */
export async function writeArtifacts(gate: GateOutcome, dir: string, quiet: boolean, io: Io): Promise<void> {
  const files = {
    'gate.json': 'json',
    'gate.html': 'html',
    'gate.md': 'markdown',
    'gate.junit.xml': 'junit',
    'gate.txt': 'text',
  } as const
  const delivery = new Delivery(io, true, exitCodes.ok)
  for (const [name, format] of Object.entries(files)) {
    await delivery.file(format, join(dir, name), gateReport(format, gate))
  }
  if (!quiet) await print(io.stderr, `results and reports: ${dir}\n`)
}
