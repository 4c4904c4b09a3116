import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import * as protocol from '../../src/live/fuse/protocol.ts'

/** The structures of the protocol, by their names in linux/fuse.h. */
const STRUCTS = Object.entries(protocol).flatMap(([name, value]) =>
  typeof value === 'object' && 'fields' in value ? [{ name, ...{ size: value.size, fields: value.fields } }] : [],
)
/** The header ends where the fields that this version has no use for begin. */
const PADDING = /^(padding|dummy|unused|spare)/

const scratch = mkdtempSync(join(tmpdir(), 'nvgpu-fuse-'))
afterAll(() => rmSync(scratch, { recursive: true }))

const source = [
  '#include <stdio.h>',
  '#include <stddef.h>',
  '#include <linux/fuse.h>',
  'int main(void) {',
  ...STRUCTS.flatMap(({ name, fields }) => [
    ...(name === 'fuse_init_in' ? [] : [`printf("${name} %zu\\n", sizeof(struct ${name}));`]),
    ...Object.keys(fields)
      .filter((field) => !PADDING.test(field))
      .map((field) => `printf("${name}.${field} %zu\\n", offsetof(struct ${name}, ${field}));`),
  ]),
  ...Object.entries(protocol.OPCODE).map(([name, value]) => `printf("FUSE_${name} %d ${value}\\n", FUSE_${name});`),
  'return 0; }',
].join('\n')

/** Compiles against the machine's linux/fuse.h; undefined without a compiler or a header that knows all fields. */
function measured(): Map<string, string[]> | undefined {
  const file = join(scratch, 'measure.c')
  writeFileSync(file, source)
  const program = join(scratch, 'measure')
  if (spawnSync('cc', ['-o', program, file]).status !== 0) return undefined
  const lines = execFileSync(program, { encoding: 'utf8' }).trim().split('\n')
  return new Map(lines.map((line) => [line.split(' ')[0] ?? '', line.split(' ').slice(1)]))
}

const found = measured()
if (found === undefined) console.log('skipped: linux/fuse.h cannot be compiled here')

describe.skipIf(found === undefined)('the structures of FUSE', () => {
  it.each(STRUCTS)('G 7: $name is that of linux/fuse.h', ({ name, size, fields }) => {
    // The kernel's fuse_init_in has grown behind the fields that are read here.
    if (name !== 'fuse_init_in') expect(found?.get(name)).toEqual([String(size)])
    for (const [field, { offset }] of Object.entries(fields)) {
      if (!PADDING.test(field)) expect(found?.get(`${name}.${field}`), field).toEqual([String(offset)])
    }
  })

  it('G 7: the numbers of the requests are those of linux/fuse.h', () => {
    for (const name of Object.keys(protocol.OPCODE)) {
      const [theirs, ours] = found?.get(`FUSE_${name}`) ?? []
      expect(ours, name).toBe(theirs)
    }
  })
})
