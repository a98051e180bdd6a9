// The page: draws the model that it carries, and while a run goes on lets it grow by the events of the run.

import type { Tick } from '../../../progress.ts'
import type { Result } from '../../../result.ts'
import type { PageEvents, PageModel, PageSecond } from '../model.ts'
import {
  books,
  comparison,
  errors,
  generator,
  head,
  latencyTable,
  settings,
  thresholds,
  ticker,
  tiles,
} from './blocks.ts'
import { h } from './dom.ts'
import { type Pictures, pictures } from './pictures.ts'

class Page {
  #model: PageModel
  #pictures: Pictures
  readonly #top = h('div')
  readonly #ticker = h('div')
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

  second({ result, windowsFrom, windows, heatMaps, curves }: PageSecond): void {
    const [run, ...others] = this.#model.runs
    const before = run!.result
    const grown: Result = {
      ...result,
      windows: [...before.windows.slice(0, windowsFrom), ...windows],
      heatMaps,
    }
    this.#model = { ...this.#model, runs: [{ ...run!, result: grown, curves }, ...others] }
    this.#draw()
  }

  tick(tick: Tick): void {
    this.#ticker.replaceChildren(ticker(tick))
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
    const { runs } = this.#model
    const { result } = runs[0]!
    const open = this.#bottom.querySelector('details')?.open ?? false
    const present = (parts: readonly (HTMLElement | undefined)[]) => parts.filter(part => part !== undefined)
    const numbers = runs.length > 1 ? comparison(runs) : tiles(result)
    this.#top.replaceChildren(...present([head(this.#model), numbers, thresholds(result)]))
    const details = settings(result) as HTMLDetailsElement
    details.open = open
    this.#bottom.replaceChildren(
      ...present([latencyTable(result), books(result), errors(result), generator(result), details]),
    )
    this.#pictures.update(this.#model)
  }
}

/** The numbers leave the page as they came: a file that `millrace report` reads, as it reads the page itself. */
function foot(model: () => PageModel): HTMLElement {
  const save = () => {
    const { runs } = model()
    const text = JSON.stringify(runs.length === 1 ? runs[0]!.result : runs.map(({ result }) => result), undefined, 2)
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
