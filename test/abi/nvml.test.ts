import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { nvmlFunctions } from '../../src/abi/nvml/functions.ts'
import { NVML_RETURN } from '../../src/abi/nvml/return.ts'
import { nvmlStructs } from '../../src/nvml/structs.ts'

interface Golden {
  returns: Record<string, number>
  functions: Record<string, [type: string, name: string][]>
  structs: Record<string, { size: number; fields: [name: string, offset: number, size: number, type: string][] }>
}

const golden: Golden = JSON.parse(readFileSync(new URL('../golden/golden-nvml.json', import.meta.url), 'utf8'))

describe('NVML of the public header', () => {
  it('H 4: has all functions with their arguments, in the order of their numbers', () => {
    const ours = Object.fromEntries(
      nvmlFunctions().map(({ name, params }) => [name, params.map((p) => [p.type, p.name])]),
    )
    expect(ours).toEqual(golden.functions)
    expect(nvmlFunctions().map(({ name }) => name)).toEqual(Object.keys(golden.functions).sort())
  })

  it('H 4: has all return codes', () => {
    const ours = Object.fromEntries(Object.entries(NVML_RETURN).map(([name, [number]]) => [name, number]))
    expect(ours).toEqual(golden.returns)
  })

  it.each([...nvmlStructs().keys()])('H 1: %s has the size and offsets that the C compiler measured', (name) => {
    const struct = nvmlStructs().get(name)
    const fields = Object.entries(struct?.fields ?? {}).map(([field, { offset, layout }]) => [
      field,
      offset,
      (layout as { size: number }).size,
    ])
    const measured = golden.structs[name]
    expect(struct?.size).toBe(measured?.size)
    expect(fields).toEqual(measured?.fields.map(([field, offset, size]) => [field, offset, size]))
  })
})
