import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAst } from 'rolldown/parseAst'
import { expect, it } from 'vitest'

const SRC = join(import.meta.dirname, '..', '..', 'src')
const MOST_LINES = 60

/** Every function of a source file that has a body: its name and its length in lines. */
function functionsOf(text: string): { name: string; lines: number }[] {
  const found: { name: string; lines: number }[] = []
  const visit = (node: unknown, name: string): void => {
    if (Array.isArray(node)) for (const each of node) visit(each, name)
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return
    const own = nameIn(node, 'key') ?? nameIn(node, 'id') ?? name
    if ('type' in node && /Function/.test(String(node.type)) && 'body' in node && node.body) {
      const { start, end } = node as unknown as { start: number; end: number }
      found.push({ name: own, lines: text.slice(start, end).split('\n').length })
    }
    for (const value of Object.values(node)) visit(value, own)
  }
  visit(parseAst(text, { lang: 'ts' }), '')
  return found
}

function nameIn(node: object, key: string): string | undefined {
  const holder: unknown = Object.entries(node).find(([each]) => each === key)?.[1]
  if (typeof holder !== 'object' || holder === null || !('name' in holder)) return undefined
  return String(holder.name)
}

it('F 4: no function has more than 60 lines', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const all = files.flatMap((file) =>
    functionsOf(readFileSync(join(SRC, file), 'utf8')).map((each) => ({ ...each, file })),
  )
  expect(all.length).toBeGreaterThan(1000)
  const long = all.filter(({ lines }) => lines > MOST_LINES).map(({ file, name }) => `${file} ${name}`)
  expect(long).toEqual([])
})

it('F 4: the length of a function is that of its text', () => {
  expect(functionsOf('const f = () => {\n\n}\nclass C {\n  m() {\n  }\n}\nfunction g() {}\n')).toEqual([
    { name: 'f', lines: 3 },
    { name: 'm', lines: 2 },
    { name: 'g', lines: 1 },
  ])
})
