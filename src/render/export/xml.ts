import { xmlText } from '../xml-text.ts'

/** An element: text, other elements, or nothing inside. Undefined attributes are left out. */
export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string | number | undefined>>
  readonly content: string | readonly Element[]
}

export function element(
  name: string,
  attributes: Element['attributes'] = {},
  content: string | readonly (Element | null)[] = [],
): Element {
  return { name, attributes, content: typeof content === 'string' ? content : content.filter((one) => one !== null) }
}

/** A document in the form of virsh: two spaces, single quotes. */
export function drawXml({ name, attributes, content }: Element, indent = ''): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}='${xmlText(String(value))}'`],
  )
  const start = `${indent}<${name}${written.join('')}`
  if (content.length === 0) return `${start}/>\n`
  if (typeof content === 'string') return `${start}>${xmlText(content)}</${name}>\n`
  return `${start}>\n${content.map((child) => drawXml(child, `${indent}  `)).join('')}${indent}</${name}>\n`
}
