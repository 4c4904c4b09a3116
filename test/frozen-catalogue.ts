import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { afterAll, expect } from 'vitest'

/** Tests that run the engine in their own process; the others start programs. */
const IN_PROCESS = /\/test\/(engine|rfc|catalog|definitions|migration|nvml|render|type-file)\//
const CATALOGUE = new URL('../src/catalog/', import.meta.url)

/** Freezes an object with all that it holds. Bytes cannot be frozen. */
function freeze(value: unknown, seen = new Set<unknown>()): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || seen.has(value)) return
  seen.add(value)
  Object.freeze(value)
  for (const member of Object.values(value)) freeze(member, seen)
}

// J 4: a test that changes a shared object of the catalogue fails at once, and not a later test that reads it.
if (IN_PROCESS.test(expect.getState().testPath ?? '')) {
  for (const file of readdirSync(CATALOGUE).filter((name) => name.endsWith('.ts'))) {
    const exported: Record<string, unknown> = await import(new URL(file, CATALOGUE).href)
    for (const value of Object.values(exported)) freeze(value)
  }
  const { boardNames, findBoard } = await import('../src/catalog/boards.ts')
  const { typesOfBoard } = await import('../src/catalog/vgpu-types.ts')
  const { peekVgpuInfo } = await import('../src/catalog/vgpu-info.ts')
  const boards = boardNames().flatMap((name) => findBoard(name) ?? [])
  const types = boards.flatMap(({ typeBoard }) => typesOfBoard(typeBoard ?? '', true))
  freeze([boards, types])
  const records = () =>
    types.reduce((hash, type) => hash.update(peekVgpuInfo(type)), createHash('sha256')).digest('hex')
  const before = records()
  afterAll(() => {
    expect(records(), 'the records of the catalogue').toBe(before)
  })
}
