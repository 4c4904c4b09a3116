import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

interface Measured {
  size: number
  fields: Record<string, { offset: number; size: number }>
}

const GOLDEN = fileURLToPath(new URL('../golden', import.meta.url))
const {
  struct,
  struct_v2,
}: Record<'struct' | 'struct_v2', Record<string, Measured>> = JSON.parse(
  readFileSync(join(GOLDEN, 'golden-abi.json'), 'utf8'),
)
const committed = Object.entries({ ...struct, ...struct_v2 })
const hasCompiler = spawnSync('cc', ['--version']).status === 0
if (!hasCompiler) console.log('skipped: the layouts are not compiled, for there is no cc')

/** The output of measure.c in the form of golden-abi.json. */
function measured(text: string): Map<string, Measured> {
  const structs = new Map<string, Measured>()
  for (const line of text.trimEnd().split('\n')) {
    const [path = '', ...numbers] = line.split(' ')
    const [first = 0, second = 0] = numbers.map(Number)
    const dot = path.indexOf('.')
    if (dot < 0) structs.set(path, { size: first, fields: {} })
    else
      Object.assign(structs.get(path.slice(0, dot))?.fields ?? {}, {
        [path.slice(dot + 1)]: { offset: first, size: second },
      })
  }
  return structs
}

describe.skipIf(!hasCompiler)('the layouts that a C compiler gives our declarations', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'nvgpu-layouts-'))
  let structs = new Map<string, Measured>()

  beforeAll(() => {
    const program = join(scratch, 'measure')
    execFileSync('cc', ['-std=c11', '-Wall', '-Wextra', '-Werror', '-o', program, join(GOLDEN, 'measure.c')])
    structs = measured(execFileSync(program, { encoding: 'utf8' }))
  })
  afterAll(() => rmSync(scratch, { recursive: true }))

  it('F 10: are those of every structure in golden-abi.json, and no others', () => {
    expect([...structs.keys()].sort()).toEqual(committed.map(([name]) => name).sort())
  })

  it.each(committed)('F 10: %s has the committed size and offsets', (name, golden) => {
    const fields = Object.entries(golden.fields).map(([field, { offset, size }]) => [field, { offset, size }])
    expect(structs.get(name)).toEqual({ size: golden.size, fields: Object.fromEntries(fields) })
  })
})
