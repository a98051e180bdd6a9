// The page: draws the model that it carries, and while a run goes on lets it grow by the events of the run.

import type { Result } from '../../../result.ts'
import type { PageEvents, PageModel, PageSecond, PageTest, PageTick } from '../model.ts'
import { testOfPage } from '../test-page.ts'
import { books, comparison, errors, generator, head, latencyTable, settings, thresholds } from './blocks.ts'
import { h } from './dom.ts'
import { type Pictures, pictures } from './pictures.ts'
import { checks, metrics, scenarios, testHead } from './test-blocks.ts'
import { ticker } from './ticker.ts'
import { tiles } from './tiles.ts'
import { committed } from './transaction-blocks.ts'

class Page {
  #model: PageModel
  #pictures: Pictures
  readonly #top = h('div')
  readonly #ticker = h('div')
  readonly #ticks = new Map<string, HTMLElement>()
  readonly #bottom = h('div', { class: 'tables' })

  constructor(model: PageModel, root: HTMLElement) {
    this.#model = model
    this.#pictures = pictures(model)
    root.append(
      this.#top,
      this.#ticker,
      this.#pictures.element,
      this.#bottom,
      foot(() => this.#model),
    )
    this.#draw()
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#pictures.redraw())
  }

  second({ label, result, windowsFrom, windows, heatMaps, curves }: PageSecond): void {
    const { runs } = this.#model
    const before = runs.find(run => run.label === label)
    const known = before?.result.windows.slice(0, windowsFrom) ?? []
    const grown: Result = { ...result, windows: [...known, ...windows], heatMaps }
    const run = { label, result: grown, curves }
    this.#model = {
      ...this.#model,
      runs: before === undefined ? [...runs, run] : runs.map(each => (each === before ? run : each)),
    }
    this.#draw()
  }

  test(test: PageTest): void {
    this.#model = { ...this.#model, test }
    this.#draw()
  }

  tick({ label, tick }: PageTick): void {
    const isNew = !this.#ticks.has(label)
    const line = this.#ticks.get(label) ?? h('div')
    this.#ticks.set(label, line)
    const ofSeveral = this.#model.test !== undefined
    line.replaceChildren(...(ofSeveral ? [h('h2', {}, label)] : []), ticker(tick))
    if (isNew) this.#ticker.replaceChildren(...this.#ticks.values())
  }

  final(model: PageModel): void {
    this.#model = model
    this.#ticker.replaceChildren()
    this.#draw()
  }

  /** The run has gone without a result. */
  lost(): void {
    this.#ticker.replaceChildren(
      h('p', { class: 'about' }, 'The connection to the run is lost; the page shows what was known.'),
    )
  }

  #draw(): void {
    const { runs, test } = this.#model
    const open = this.#bottom.querySelector('details')?.open ?? false
    this.#top.replaceChildren(...present(test === undefined ? topOfRuns(this.#model) : topOfTest(this.#model, test)))
    // Of runs beside each other it is the first that is told in full; of a test it is each scenario.
    const [first] = runs
    const parts =
      test === undefined || runs.length === 1
        ? runs.slice(0, 1).flatMap(({ result }) => ofRun(result))
        : runs.flatMap(({ label, result }) => ofRun(result).map(part => part && ofScenario(part, label)))
    const details = first && (settings(first.result) as HTMLDetailsElement)
    if (details !== undefined) details.open = open
    const ofTest = test && metrics(test)
    this.#bottom.replaceChildren(...present([...parts, ofTest, first && generator(first.result), details]))
    this.#pictures.update(this.#model)
  }
}

const ofRun = (result: Result) => [latencyTable(result), books(result), committed(result), errors(result)]

/** The same card for each of them. */
function ofScenario(part: HTMLElement, name: string): HTMLElement {
  part.querySelector('h2')?.prepend(`${name}: `)
  return part
}

const present = (parts: readonly (HTMLElement | undefined)[]): HTMLElement[] => parts.filter(part => part !== undefined)

function topOfRuns(model: PageModel): (HTMLElement | undefined)[] {
  const { runs } = model
  const { result } = runs[0]!
  return [head(model), runs.length > 1 ? comparison(runs) : tiles(result), thresholds(result)]
}

function topOfTest({ runs, live }: PageModel, test: PageTest): (HTMLElement | undefined)[] {
  const [only] = runs
  return [
    testHead(test, live !== undefined),
    ...(runs.length === 1 ? [tiles(only!.result)] : []),
    thresholds(test),
    checks(test),
    scenarios(test, runs),
  ]
}

/** The numbers leave the page as they came: a file that `millrace report` reads, as it reads the page itself. */
function foot(model: () => PageModel): HTMLElement {
  const save = () => {
    const { runs } = model()
    const ofRuns = runs.length === 1 ? runs[0]!.result : runs.map(({ result }) => result)
    const text = JSON.stringify(testOfPage(model()) ?? ofRuns, undefined, 2)
    const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
    const link = h('a', { href: url, download: 'millrace-result.json' }) as HTMLAnchorElement
    link.click()
    URL.revokeObjectURL(url)
  }
  return h(
    'footer',
    {},
    'millrace · this page holds its data: ',
    h('button', { type: 'button', click: save }, 'save the result as JSON'),
  )
}

function listen(page: Page, events: string): void {
  const source = new EventSource(events)
  const on = <Name extends keyof PageEvents>(name: Name, heard: (data: PageEvents[Name]) => void) =>
    source.addEventListener(name, event => heard(JSON.parse((event as MessageEvent<string>).data)))
  let isOver = false
  on('second', second => page.second(second))
  on('tick', tick => page.tick(tick))
  on('test', test => page.test(test))
  on('next', () => location.reload())
  on('final', model => {
    isOver = true
    page.final(model)
  })
  // The browser tries again by itself, and says so each time.
  source.addEventListener('error', () => {
    if (!isOver) page.lost()
  })
}

const model = JSON.parse(document.getElementById('millrace-data')!.textContent!) as PageModel
const page = new Page(model, document.getElementById('page')!)
if (model.live !== undefined) listen(page, model.live.events)
