/** A machine-readable answer: one shape whatever the count. */
export interface Document {
  readonly schema: 1
  readonly kind: string
  readonly items: readonly unknown[]
  readonly changed?: boolean
  readonly warnings?: readonly string[]
  readonly dryRun?: true
}

/** JSON, two spaces, a line feed at the end. */
export function drawJson(document: Document): string {
  return `${JSON.stringify(document, null, 2)}\n`
}

/** Minimum of characters in a piece. */
const PIECE = 65_536

/** The same in pieces, to limit the memory for the document of a large host. */
export function* jsonPieces(document: Document): Generator<string> {
  if (document.items.length === 0) return yield drawJson(document)
  const [head, tail] = drawJson({ ...document, items: [] }).split('\n  "items": []')
  let piece = `${head}\n  "items": [`
  for (const [index, item] of document.items.entries()) {
    piece += `${index === 0 ? '' : ','}\n    ${indented(item)}`
    if (piece.length < PIECE) continue
    yield piece
    piece = ''
  }
  yield `${piece}\n  ]${tail}`
}

/** An item with the indentation of the list: the brackets around it are cut off. */
function indented(item: unknown): string {
  return JSON.stringify([[item]], null, 2).slice('[\n  [\n    '.length, -'\n  ]\n]'.length)
}

/** The same document as YAML 1.2. */
export async function drawYaml(document: Document): Promise<string> {
  return drawData(document, 'yaml')
}

/** Data of any shape, for another program. */
export async function drawData(data: object, notation: 'json' | 'yaml'): Promise<string> {
  if (notation === 'json') return `${JSON.stringify(data, null, 2)}\n`
  return (await import('./yaml.ts')).yamlOf(data)
}
