import { type SaxesAttributePlain, SaxesParser, type SaxesTagPlain } from 'saxes'
import type { Draft } from './draft.ts'
import { fileError } from './refuse.ts'
import type { Element } from './xml-element.ts'
import { TypeCollector } from './xml-types.ts'

/** Deeper than any type file nests. */
const MAX_DEPTH = 16

/**
 * The types of an XML file in the shape of NVIDIA's vgpuConfig.xml. The name of the root is free; `vgpuType` and `pgpu`
 * elements are read by `TypeCollector`, all others are ignored. A document type declaration is skipped, and the file it
 * names is not fetched. A declaration with an internal subset, and so every entity except XML's own five, is refused.
 * @throws NvError invalid-file with the line and the element
 */
export function readXml(file: string, text: string): Draft[] {
  const parser = new SaxesParser()
  const types = new TypeCollector(file)
  const open: Element[] = []
  const refuse = (problem: string): never => {
    throw fileError(file, `line ${parser.line}, column ${parser.column + 1}: ${problem}`)
  }

  parser.on('error', (error) => refuse(withoutPosition(error.message)))
  parser.on('doctype', (text) => {
    if (text.includes('[')) refuse('a document type declaration with an internal subset is not accepted')
  })
  parser.on('opentag', (tag) => {
    if (open.length >= MAX_DEPTH) refuse(`elements nest deeper than ${MAX_DEPTH}`)
    const element = { name: tag.name, line: parser.line, attributes: attributesOf(tag), children: [], text: '' }
    if (inRecord(open)) open.at(-1)?.children.push(element)
    open.push(element)
  })
  const characters = (data: string): void => {
    const element = open.at(-1)
    if (element && inRecord(open)) element.text += data
  }
  parser.on('text', characters)
  parser.on('cdata', characters)
  parser.on('closetag', () => {
    const element = open.pop()
    if (element && !inRecord(open)) types.take(element)
  })

  parser.write(text).close()
  return types.drafts()
}

/** Text is kept only inside a `vgpuType` or `pgpu`, which limits the memory. */
function inRecord(open: readonly Element[]): boolean {
  return open.some(({ name }) => name === 'vgpuType' || name === 'pgpu')
}

function attributesOf(tag: SaxesTagPlain): Map<string, string> {
  const attributes: Readonly<Record<string, SaxesAttributePlain | string>> = tag.attributes
  return new Map(Object.entries(attributes).map(([name, value]) => [name, String(value)]))
}

/** saxes puts "line:column: " in front, which the message gives in words. */
function withoutPosition(message: string): string {
  return message.replace(/^(?:\d+:\d+: )+/, '')
}
