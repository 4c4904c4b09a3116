import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openFigures } from '../../src/catalog/published-counts.ts'
import { typeByName } from '../../src/catalog/vgpu-types.ts'

type Mode = 'equal' | 'mixed'

interface Published {
  sources: Record<string, string>
  disagreements: { type: string; mode: Mode; ours: number; verdict: string }[]
  counts: Record<string, Record<string, Partial<Record<Mode, Record<string, number>>>>>
}

const golden: Published = JSON.parse(readFileSync(new URL('../golden/published-counts.json', import.meta.url), 'utf8'))

const rows = Object.entries(golden.counts).flatMap(([board, types]) =>
  Object.entries(types).flatMap(([name, modes]) => {
    const type = typeByName(name)
    return type?.board === board ? [{ type, modes }] : []
  }),
)

describe('the most vGPUs of a type on a GPU', () => {
  it("I 1.5: is NVIDIA's published count for every type of every board, or a listed disagreement", () => {
    expect(rows.length).toBeGreaterThan(500)
    const odd = rows.flatMap(({ type, modes }) => {
      const ours = { equal: type.maxInstance, mixed: type.placement.mixedSizeIds?.length }
      return (['equal', 'mixed'] as const).flatMap((mode) => {
        const published = Object.values(modes[mode] ?? {})
        return published.every((count) => count === ours[mode]) ? [] : [`${type.vgpuName} ${mode} ${ours[mode]}`]
      })
    })
    // RTX PRO 4500, which no host can have, has a type named as one of RTX PRO 6000
    const listed = golden.disagreements.filter(({ type }) => typeByName(type) !== undefined && !type.startsWith('DC-'))
    expect(odd.sort()).toEqual(listed.map(({ type, mode, ours }) => `${type} ${mode} ${ours}`).sort())
  })

  it('I 1.5: names a source for every count', () => {
    const named = Object.values(golden.counts).flatMap((types) =>
      Object.values(types).flatMap(({ equal = {}, mixed = {} }) => [...Object.keys(equal), ...Object.keys(mixed)]),
    )
    expect([...new Set(named)].filter((source) => !Object.hasOwn(golden.sources, source))).toEqual([])
  })

  it('I 1.5: is marked as open where sources and the placement rule disagree, and nowhere else', () => {
    const open = rows.flatMap(({ type }) =>
      openFigures(type.vgpuName, type.placement.mixedSizeIds).length > 0 ? [type.vgpuName] : [],
    )
    const listed = golden.disagreements.filter(({ verdict }) => verdict === 'open').map(({ type }) => type)
    expect(open.sort()).toEqual(listed.sort())
  })

  it('I 1.5: is 16 for H100-5C, H200X-8C and H200-8C', () => {
    for (const name of ['H100-5C', 'H200X-8C', 'H200-8C']) expect(typeByName(name)?.maxInstance, name).toBe(16)
    expect(typeByName('H100-5C')).toMatchObject({ vgpuType: 978, idCertainty: 'guess', board: 'H100-PCIe-80GB' })
  })
})
