// Elements without a framework: a function that makes one.

export type Child = Node | string | undefined | readonly Child[]
type Attributes = Readonly<Record<string, string | undefined | ((event: Event) => void)>>

export function h(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElement {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value)
    else if (value !== undefined) element.setAttribute(name, value)
  }
  append(element, children)
  return element
}

function append(parent: HTMLElement, children: readonly Child[]): void {
  for (const child of children) {
    if (child === undefined) continue
    if (Array.isArray(child)) append(parent, child)
    else parent.append(child as Node | string)
  }
}

/** A value that stands in the result at this path: tests hold the one against the other. */
export const value = (path: string, text: string, attributes: Attributes = {}): HTMLElement =>
  h('span', { 'data-path': path, ...attributes }, text)

export type Tone = 'good' | 'bad' | 'warn' | 'live' | 'plain'

export const badge = (text: string, tone: Tone, path?: string): HTMLElement =>
  h('span', { class: `badge ${tone}`, 'data-path': path }, text)

export const card = (title: string, ...children: readonly Child[]): HTMLElement =>
  h('section', { class: 'card' }, h('h2', {}, title), ...children)

export interface TableCell {
  readonly text: Child
  readonly number?: boolean
}

export function table(heads: readonly TableCell[], rows: readonly (readonly TableCell[])[]): HTMLElement {
  const cell = (tag: string, { text, number }: TableCell) => h(tag, number ? { class: 'number' } : {}, text)
  return h(
    'div',
    { class: 'scroll' },
    h(
      'table',
      {},
      h('thead', {}, h('tr', {}, ...heads.map(head => cell('th', head)))),
      h('tbody', {}, ...rows.map(row => h('tr', {}, ...row.map(entry => cell('td', entry))))),
    ),
  )
}

export const facts = (entries: readonly (readonly [string, Child])[]): HTMLElement =>
  h(
    'dl',
    { class: 'facts' },
    ...entries
      .filter(([, text]) => text !== undefined)
      .flatMap(([name, text]) => [h('dt', {}, name), h('dd', {}, text)]),
  )
