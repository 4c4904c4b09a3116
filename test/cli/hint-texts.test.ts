import fs from 'node:fs'
import path from 'node:path'
import { parseAst } from 'rolldown/parseAst'
import { describe, expect, it } from 'vitest'
import { loadNouns } from '../../src/cli/load-noun.ts'
import { understand } from '../../src/cli/program.ts'

const UUID = '6f1c2f0e-8a45-4f0c-9d0b-3f1f0a8c1d01'
/** Values of the expressions in hints, by their source. */
const VALUES: readonly (readonly [expression: RegExp, value: string])[] = [
  [/gpuOption|gpuWords|^gpu$/, ' --gpu 0'],
  [/uuid/i, UUID],
  [/bdf|\bpf\b|\bat\b/i, '0000:c1:00.4'],
  [/profileFor/, 'vgpu17'],
  [/board|near|row\[0\]|^name$/i, 'L40'],
  [/version/i, '570.144'],
  [/totalVfs|value|seq|number/i, '4'],
  [/policy/, 'equal-share'],
  [/vgpu17/, 'vgpu17 --face mdev'],
  [/words/, '-f host.yaml'],
  [/label/, ''],
  [/format/, 'csv'],
  [/kind/, 'gpu'],
  [/unbound/, 'bind'],
]

/** Every literal of the sources that has a command, with its expressions replaced. */
function literals(): { file: string; text: string }[] {
  const files = fs.readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  return files.flatMap((name) => {
    const file = path.join('src', name)
    const source = fs.readFileSync(file, 'utf8')
    return textsIn(parseAst(source, { lang: 'ts' }), source).map((text) => ({ file, text }))
  })
}

function textsIn(node: unknown, source: string): string[] {
  if (Array.isArray(node)) return node.flatMap((each) => textsIn(each, source))
  if (typeof node !== 'object' || node === null || !('type' in node)) return []
  const found: string[] = []
  if (node.type === 'Literal' && 'value' in node && typeof node.value === 'string') found.push(node.value)
  if (node.type === 'TemplateLiteral') found.push(filled(node, source))
  return [...found, ...Object.values(node).flatMap((child) => textsIn(child, source))]
}

interface Span {
  readonly start: number
  readonly end: number
}

function filled(node: object, source: string): string {
  const { quasis, expressions } = node as { quasis: readonly { value: { cooked: string } }[]; expressions: Span[] }
  return quasis
    .map(({ value }, index) => {
      const expression = expressions[index]
      if (expression === undefined) return value.cooked
      const text = source.slice(expression.start, expression.end)
      return value.cooked + (VALUES.find(([known]) => known.test(text))?.[1] ?? 'L40-4Q')
    })
    .join('')
}

/** The command of a hint, without the words that follow it. */
function commandIn(text: string): string | undefined {
  const [line = ''] = text.split('\n')
  const [, command] =
    /^(?:.*(?:hint|after|goes on with|host file): )?nvgpu ((?:--state-dir DIR|[a-z]).*)$/.exec(line) ?? []
  return command?.endsWith(' ')
    ? undefined
    : command?.replace(/(, (with|for|which) |; | writes one$| says why$|\)$).*/s, '')
}

/** Placeholders that an option or argument would refuse. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  N: '1',
  TYPE: 'L40-4Q',
  VERSION: '570.144',
  BOARD: 'L40',
  VGPU: UUID,
  VF: '0000:c1:00.4',
  OFFSET: '0',
}

const hints = new Map(
  literals().flatMap(({ file, text }) => {
    const command = commandIn(text)
    return command === undefined ? [] : [[command, file] as const]
  }),
)

describe('the hints of the sources', () => {
  it('K 3: are many', () => {
    expect(hints.size).toBeGreaterThan(120)
  })

  it('K 3: are commands, whatever stands for their values', async () => {
    const nouns = await loadNouns()
    const wrong = [...hints].flatMap(([command, file]) => {
      const argv = command.split(' ').map((word) => PLACEHOLDERS[word] ?? word)
      try {
        const line = understand(
          argv,
          nouns.filter(({ name }) => name === '' || argv.includes(name)),
        )
        return 'verb' in line || line.status === 0 ? [] : [`${file}: ${command}`]
      } catch (error) {
        return [`${file}: ${command}: ${error instanceof Error ? error.message : error}`]
      }
    })
    expect(wrong).toEqual([])
  })
})
