// Shows every form of a report. Method: golden files of results that have everything in them; `vitest -u` rewrites them, and the diff
// is the review. What a form is for is checked beside them: XML that parses, annotations that GitHub shows, data that comes back.
import { describe, expect, it } from 'vitest'
import { reportedOf, reportText } from '../../../loadgen/report/formats.ts'
import { htmlPage, readPage } from '../../../loadgen/report/html/html.ts'
import { pageModel } from '../../../loadgen/report/html/model.ts'
import { readReported, reportFile } from '../../../loadgen/report/read.ts'
import { formatNames, parseReports } from '../../../loadgen/report/targets.ts'
import type { Result } from '../../../loadgen/result.ts'
import { picturedResult, produceResult } from './result-fixture.ts'

const two = {
  results: [
    { label: 'before', result: picturedResult },
    { label: 'after, <b>"quick"</b>', result: produceResult },
  ],
}
const extensionOf = {
  text: 'txt',
  json: 'json',
  html: 'html',
  markdown: 'md',
  junit: 'xml',
  github: 'txt',
  csv: 'csv',
} as const

/** Without the script and the style, which have a golden file of their own: loadgen/report/html/assets. */
const withoutAssets = (text: string) => text.replaceAll(/(<style>|<script>).*?(<\/style>|<\/script>)/gs, '$1...$2')

describe('golden files', () => {
  it.each(formatNames)('%s of one run', async format => {
    const text = withoutAssets(reportText(format, reportedOf(picturedResult, 'run')))
    await expect(text).toMatchFileSnapshot(`../../golden/report-one-${format}.${extensionOf[format]}`)
  })

  it.each(formatNames.filter(format => format !== 'json' && format !== 'html'))('%s of two runs', async format => {
    await expect(reportText(format, two)).toMatchFileSnapshot(
      `../../golden/report-two-${format}.${extensionOf[format]}`,
    )
  })
})

describe('markdown', () => {
  it('fits the comment of a change, whatever the settings', () => {
    const settings = { long: Array.from({ length: 50_000 }, (_, index) => index) }
    expect(reportText('markdown', reportedOf({ ...picturedResult, settings }, 'run')).length).toBeLessThan(65_536)
  })
})

describe('annotations', () => {
  it('are one line each, and no more than GitHub shows', () => {
    const [first] = picturedResult.thresholds!
    const thresholds = Array.from({ length: 25 }, (_, index) => ({ ...first!, ok: false, metric: `m${index}%\nx` }))
    const lines = reportText('github', reportedOf({ ...picturedResult, thresholds }, 'run'))
      .trimEnd()
      .split('\n')
    const errors = lines.filter(line => line.startsWith('::error '))
    expect(errors).toHaveLength(10)
    expect(errors[0]).toContain('m0%25%0Ax')
    expect(errors[9]).toContain('16 more')
    expect(lines.every(line => /^::(error|warning|notice) title=[^:,]*::/.test(line))).toBe(true)
  })
})

describe('CSV', () => {
  it('has a line for each window, all of one width, quoted where needed', () => {
    const lines = reportText('csv', two).trimEnd().split('\r\n')
    expect(lines).toHaveLength(1 + picturedResult.windows.length + produceResult.windows.length)
    expect(lines.at(-1)).toMatch(/^"after, <b>""quick""<\/b>",1,/)
    const columns = lines[0]!.split(',').length
    expect(lines[1]!.split(',')).toHaveLength(columns)
  })
})

describe('a page', () => {
  const nasty: Result = {
    ...picturedResult,
    reasons: [{ code: 'X', message: '</script><script>alert(1)</script><!--' }],
  }

  it('is read back as it was, whatever names and messages say', () => {
    const results = [{ label: '</title><b>', result: nasty }]
    const text = htmlPage(pageModel(results))
    expect(readPage(text).runs[0]!.result).toEqual(nasty)
    expect(text).not.toContain('<script>alert')
    expect(text).not.toContain('</title><b>')
  })

  it('fetches nothing', () => {
    const text = htmlPage(pageModel([{ label: 'run', result: picturedResult }]))
    expect(text).not.toMatch(/(src|href)="https?:/)
    expect(text).not.toMatch(/@import|url\(http/)
  })

  it('of something else is refused', () => {
    expect(() => readPage('<html></html>')).toThrow(/no data of millrace/)
  })
})

describe('reading back', () => {
  const files: Record<string, string> = {
    'a.json': reportText('json', reportedOf(produceResult, '')),
    'dir/a.json': reportText('json', reportedOf(picturedResult, '')),
    'page.html': htmlPage(pageModel(two.results)),
    'wrong.json': '{"schemaVersion": 99}',
    'text.txt': 'hello',
  }
  const read = (...words: string[]) =>
    readReported(words.map(reportFile), path => {
      if (files[path] === undefined) throw Object.assign(new Error('no'), { code: 'ENOENT' })
      return files[path]
    })

  it('takes results and pages, and names runs by their files', () => {
    const { reported, problems } = read('a.json', 'slow=dir/a.json', 'dir/a.json', 'page.html')
    expect(problems).toEqual([])
    expect(reported!.results.map(({ label }) => label)).toEqual([
      'a',
      'slow',
      'a (2)',
      'before',
      'after, <b>"quick"</b>',
    ])
    expect(reported!.results[1]!.result).toEqual(picturedResult)
  })

  it('keeps keys that a later version has added', () => {
    files['new.json'] = JSON.stringify({ ...produceResult, added: { later: 1 } })
    expect(read('new.json').reported!.outcome).toMatchObject({ added: { later: 1 } })
  })

  it('takes a test: its measured scenarios, and what it was judged by', () => {
    const scenario = {
      executor: 'constant-arrival-rate',
      lane: 'declarative',
      startSeconds: 0,
      tags: {},
      iterations: 1,
      dropped: 0,
      interrupted: 0,
    }
    files['test.json'] = JSON.stringify({
      kind: 'millrace-test',
      schemaVersion: 1,
      verdict: 'failed',
      reasons: picturedResult.reasons,
      startedAt: '2026-01-02T03:04:05.678Z',
      durationSeconds: 30,
      tags: {},
      metrics: {},
      thresholds: picturedResult.thresholds,
      delivery: {},
      scenarios: [
        { name: 'orders', ...scenario, result: produceResult },
        { name: 'clicks', ...scenario, result: produceResult },
        { name: 'script', ...scenario, lane: 'scripted' },
      ],
    })
    const { reported, problems } = read('test.json')
    expect(problems).toEqual([])
    expect(reported!.results.map(({ label, result }) => [label, result.verdict])).toEqual([
      ['orders', 'ok'],
      ['clicks', 'ok'],
    ])
    expect(reported!.test).toMatchObject({ verdict: 'failed', thresholds: picturedResult.thresholds })
    const suites = [
      ...reportText('junit', reported!).matchAll(/<testsuite name="([^"]*)" tests="\d+" failures="(\d+)"/g),
    ]
    expect(suites.map(([, name, failures]) => [name, failures])).toEqual([
      ['millrace run', '2'],
      ['millrace run orders', '0'],
      ['millrace run clicks', '0'],
    ])
    expect(reportText('junit', reported!)).toContain('e2e_time - p(99.9)&lt;50, over 10s')
    expect(reportText('markdown', reported!)).toMatch(/^## ❌ millrace run\n/)
    expect(reportText('markdown', reported!)).toMatch(/\| clicks \| constant-arrival-rate \|.*\| ok, valid \|/)
    expect(reportText('github', reported!)).toMatch(/^::error title=millrace run%3A threshold crossed::/)
    files['test.html'] = reportText('html', reported!)
    expect(read('test.html').reported!.test).toEqual(reported!.test)
    expect(reportText('json', reported!)).toContain('"millrace-test"')
    expect(reportText('text', reported!)).toContain('e2e_time')
    expect(() => reportText('csv', { ...reported!, results: [] })).toThrow(/only text, json, html, markdown/)
  })

  it('tells all that is wrong at once', () => {
    expect(
      read('none.json', 'wrong.json', 'text.txt').problems.map(({ path, message }) => `${path} ${message}`),
    ).toEqual([
      'none.json cannot be read: ENOENT',
      expect.stringMatching(/^wrong\.json is no result of this version: /),
      'text.txt is neither JSON nor a page of millrace',
    ])
  })
})

describe('--report', () => {
  it.each([
    [
      'html=out.html,junit=a/b.xml',
      [
        { format: 'html', path: 'out.html' },
        { format: 'junit', path: 'a/b.xml' },
      ],
    ],
    [
      'out.htm, out.md,x.csv',
      [
        { format: 'html', path: 'out.htm' },
        { format: 'markdown', path: 'out.md' },
        { format: 'csv', path: 'x.csv' },
      ],
    ],
    ['github', [{ format: 'github', path: '-' }]],
    ['markdown=-', [{ format: 'markdown', path: '-' }]],
  ])('%s', (text, value) => {
    expect(parseReports(text)).toEqual({ value })
  })

  it.each(['pdf=out.pdf', 'out.pdf', '', 'html=a.html,'])('"%s" is refused', text => {
    expect(parseReports(text)).toEqual({
      problem: expect.stringMatching(/FORMAT=FILE with a format of text, json, html/),
    })
  })
})
