// The lines of kafka-e2e-latency. Its percentiles are of whole milliseconds, cut off; the finer ones are told beside them.
import { javaDouble, javaFixed } from './java-format.ts'

export class EndToEndTimes {
  readonly #elapsedNs: number[] = []

  get count(): number {
    return this.#elapsedNs.length
  }

  add(elapsedNs: number): void {
    this.#elapsedNs.push(elapsedNs)
  }

  /** Of every thousandth record. */
  sampleLine(record: number, elapsedNs: number): string {
    return `${record}\t${javaDouble(elapsedNs / 1000 / 1000)}`
  }

  lines(): string[] {
    const sum = this.#elapsedNs.reduce((total, ns) => total + ns, 0)
    const sorted = this.#sorted()
    const at = (share: number) => Math.floor(quantile(sorted, share) / 1e6)
    return [
      `Avg latency: ${javaFixed(sum / this.count / 1000 / 1000, 4)} ms`,
      `Percentiles: 50th = ${at(0.5)}, 99th = ${at(0.99)}, 99.9th = ${at(0.999)}`,
    ]
  }

  fineText(): string {
    const sorted = this.#sorted()
    const at = (share: number) => `${(quantile(sorted, share) / 1e6).toFixed(3)} ms`
    return `with fractions: 50th = ${at(0.5)}, 99th = ${at(0.99)}, 99.9th = ${at(0.999)}`
  }

  #sorted(): number[] {
    return this.#elapsedNs.toSorted((one, other) => one - other)
  }
}

const quantile = (sorted: readonly number[], share: number): number => sorted[Math.floor(sorted.length * share)]!
