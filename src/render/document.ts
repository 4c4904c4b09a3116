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

/** The same document as YAML 1.2. */
export async function drawYaml(document: Document): Promise<string> {
  return drawData(document, 'yaml')
}

/** Data of any shape, for another program. */
export async function drawData(data: object, notation: 'json' | 'yaml'): Promise<string> {
  if (notation === 'json') return `${JSON.stringify(data, null, 2)}\n`
  return (await import('./yaml.ts')).yamlOf(data)
}
