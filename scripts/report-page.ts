// Bundles the scripts of the pages (that of reports, and the preview of boards; with uPlot in them) and their styles into assets/
// beside them, from which pages are made. `--check` fails when they are not what the sources say.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { rolldown } from 'rolldown'

const places = ['loadgen/report/html', 'dashboards/preview']
const uplot = dirname(createRequire(import.meta.url).resolve('uplot/package.json'))
const licence = '/* uPlot, https://github.com/leeoniya/uPlot, (c) Leon Sorokin, MIT licence */'

async function script(page: URL): Promise<string> {
  const bundle = await rolldown({ input: new URL('main.ts', page).pathname, platform: 'browser' })
  const { output } = await bundle.generate({ format: 'iife', minify: true, comments: false })
  await bundle.close()
  // Inside of a page nothing may look like the end of the script.
  return `${licence}\n${output[0].code.replaceAll('</script', '<\\/script')}`
}

/** Line by line, so that a change of the style is a change of lines. */
const style = (page: URL): string =>
  `${licence}\n${[readFileSync(join(uplot, 'dist/uPlot.min.css'), 'utf8').trim(), readFileSync(new URL('page.css', page), 'utf8')].join('\n')}`

const check = process.argv.includes('--check')
for (const place of places) {
  const page = new URL(`../${place}/page/`, import.meta.url)
  for (const [name, text] of [
    ['page.js', await script(page)],
    ['page.css', style(page)],
  ] as const) {
    const file = new URL(`../${place}/assets/${name}`, import.meta.url)
    if (!check) writeFileSync(file, text)
    else if (readFileSync(file, 'utf8') !== text) {
      console.error(`${place}/assets/${name} is out of date: run npm run generate`)
      process.exitCode = 1
    }
  }
}
