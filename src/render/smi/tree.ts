import { xmlText } from '../xml-text.ts'

/** A line of a report with the lines below it; a line without a value is a heading. */
export interface Node {
  /** Label of the text report; null for XML only. */
  readonly label: string | null
  /** Element of the XML report; null for text only. */
  readonly tag: string | null
  readonly value: string | null
  /** The value in XML, if it differs. */
  readonly xml?: string
  readonly children: readonly Node[]
  /** Spaces in front of the label, if not four a level. */
  readonly indent?: number
  /** The element's text is on a line of its own. */
  readonly block?: true
}

/** `Label   : value` lines, four spaces a level, the colon behind `width` characters. */
export function drawText(nodes: readonly Node[], width: number, depth = 0): string {
  return nodes
    .map(({ label, value, children, indent = depth * 4 }) => {
      if (label === null) return ''
      const head = `${' '.repeat(indent)}${label}`
      return `${value === null ? head : line(head, width, value)}\n${drawText(children, width, depth + 1)}`
    })
    .join('')
}

/** One labelled value. */
export function line(head: string, width: number, value: string): string {
  return `${head.padEnd(width)}: ${value}`
}

/** Elements, a tab a level. */
export function drawXml(nodes: readonly Node[], depth: number): string {
  const tabs = '\t'.repeat(depth)
  return nodes
    .map(({ tag, value, xml = value, children, block }) => {
      if (tag === null) return ''
      if (block) return `${tabs}<${tag}>\n${tabs}\t${xml}\n${tabs}</${tag}>\n`
      // XML has these children beside the value, text has them below it.
      if (xml !== null) return `${tabs}<${tag}>${xmlText(xml)}</${tag}>\n${drawXml(children, depth)}`
      return `${tabs}<${tag}>\n${drawXml(children, depth + 1)}${tabs}</${tag}>\n`
    })
    .join('')
}
