// Grafana's variables in a query or a title, filled in: `$cluster`, `${cluster}`, `$__rate_interval`.

export interface Filling {
  /** Of a variable with several: joined for a regular expression already. */
  readonly values: Readonly<Record<string, string>>
  readonly rangeSec: number
  readonly stepSec: number
  /** How often the data source is scraped: a rate looks at four of these at least, as in Grafana. */
  readonly scrapeSec: number
}

export function interpolate(text: string, { values, rangeSec, stepSec, scrapeSec }: Filling): string {
  const builtIn: Readonly<Record<string, string>> = {
    __rate_interval: `${Math.ceil(Math.max(stepSec + scrapeSec, 4 * scrapeSec))}s`,
    __interval: `${Math.ceil(stepSec)}s`,
    __range: `${Math.ceil(rangeSec)}s`,
  }
  return text.replace(/\$(?:\{(\w+)(?::\w+)?\}|(\w+))/g, (whole, braced: string, plain: string) => {
    const name = braced ?? plain
    return builtIn[name] ?? values[name] ?? whole
  })
}
