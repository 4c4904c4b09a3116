import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listedBoards } from '../../src/catalog/listed-boards.ts'
import { listedTypes } from '../../src/catalog/listed-types.ts'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeAll(() => {
  bench = new Bench()
})
afterAll(() => {
  bench.dispose()
})

async function items(line: string) {
  const { status, stdout, stderr } = await bench.sh(`${line} -o json`)
  expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' })
  return JSON.parse(stdout).items
}

interface Published {
  counts: Record<string, Record<string, { equal?: Record<string, number>; mixed?: Record<string, number> }>>
}

describe('a board of which too little is published', () => {
  it('I 1.3: is listed beside the others, with its unknown figures', async () => {
    const boards = await items('host boards')
    expect(boards).toHaveLength(36 + 22)
    expect(boards.find(({ name }: { name: string }) => name === 'T4')).toMatchObject({
      product: 'Tesla T4',
      architecture: 'Turing',
      deviceId: '0x1eb8',
      memoryGiB: 16,
      sriov: false,
      totalVfs: null,
      types: 17,
      mostVgpus: 16,
      missing: ['BAR1 size', 'VMMU segment size', 'framebuffer total'],
    })
    expect(boards.filter(({ missing }: { missing: string[] }) => missing.length === 0)).toHaveLength(36)
    const table = (await bench.sh('host boards')).stdout
    expect(table).toMatch(/RTX-PRO-6000-Blackwell-SE .* 0x2bb5 +96 +48 +72 +48 +with --figures/)
  })

  it('I 1.3: has all its types, with null for what is unknown, and their counts', async () => {
    expect(listedTypes()).toHaveLength(402)
    for (const [name] of listedBoards()) {
      const types = await items(`types list --board ${name}`)
      expect(types, name).toHaveLength(listedTypes().filter(({ board }) => board === name).length)
      expect(await items(`capacity --board ${name}`)).toEqual(types)
    }
    const [small] = (await items('types list --board P40')).filter(({ id }: { id: number }) => id === 46)
    expect(small).toMatchObject({ name: 'GRID P40-1Q', framebufferMiB: 896, maxInstance: 24, missing: [] })
    const [dc] = await items('types show DC-48Q')
    expect(dc).toMatchObject({ id: 1540, maxInstance: 2, framebufferMiB: null, bar1MiB: null, mixedSizeMax: 2 })
    expect(dc.missing).toEqual(['framebufferMiB', 'fbReservationMiB', 'bar1MiB', 'maxResolution'])
    expect((await bench.sh('types show dc-48q')).stdout).toMatch(/Framebuffer: +unknown/)
  })

  it('I 1.3: has the published counts, but for those NVIDIA gives for a GPU instance', () => {
    const published: Published = JSON.parse(fs.readFileSync('test/golden/published-counts.json', 'utf8'))
    const odd = listedTypes().flatMap((type) => {
      const { equal = {}, mixed = {} } = published.counts[type.board]?.[type.name] ?? {}
      const differs =
        Object.values(equal).some((count) => count !== type.maxInstance) ||
        (type.mixedSizeMax !== null && Object.values(mixed).some((count) => count !== type.mixedSizeMax))
      return differs ? [type.name] : []
    })
    expect(odd).toEqual(['DC-1-16C', 'DC-1-8C'])
  })

  it('I 1.3: is refused by host init and vgpu create as unsupported, with the missing figures', async () => {
    for (const [name, product] of listedBoards()) {
      for (const word of [name, product]) {
        const { status, stderr } = await bench.run(['host', 'init', '--board', word])
        expect({ word, status }).toEqual({ word, status: 1 })
        // the passive and the active board have one product name
        const first = listedBoards().find((row) => row[1] === word)?.[0] ?? name
        expect(stderr).toContain(`${first} cannot be simulated: unknown are `)
        expect(stderr).toContain('BAR1 size')
      }
    }
    const { status, stderr } = await bench.sh('vgpu create --type T4-8Q')
    expect(status).toBe(1)
    expect(stderr).toContain('T4 cannot be simulated: unknown are BAR1 size, VMMU segment size, framebuffer total')
    expect(stderr).toContain('hint: nvgpu types list --board T4')
  })
})

describe('a board with the figures of another one', () => {
  it.each([
    ['A800-40GB-Active', 'A800-10C', 4, 16],
    ['A800-PCIe-80GB', 'A800D-4C', 20, 20],
    ['A800-SXM4-80GB', 'A800DX-40C', 2, 20],
    ['H800-PCIe-80GB', 'H800-5C', 16, 32],
    ['H800-SXM5-80GB', 'H800XM-16C', 5, 32],
    ['H800-NVL-94GB', 'H800L-4C', 23, 32],
    ['H20-141GB', 'H20X-8C', 16, 32],
  ])('I 1.3: a host of %s runs as many %s as published, %i', async (board, type, most, vfs) => {
    const own = new Bench()
    const ok = async (line: string) => {
      const { status, stdout, stderr } = await own.sh(line)
      expect({ line, status, stderr }).toMatchObject({ line, status: 0 })
      return stdout
    }
    await ok(`host init --board ${board} --profile vgpu17`)
    await ok(`vf enable ${vfs}`)
    await ok(`vgpu create --type ${type} --count ${most} -q`)
    expect((await own.sh(`vgpu create --type ${type}`)).status).toBe(5)
    const [shown] = JSON.parse(await ok(`types show ${type} -o json`)).items
    expect(shown.derived).toEqual(expect.arrayContaining(['fbLength', 'fbReservation', 'gspHeapSize', 'bar1Length']))
    expect(await ok('smi -L')).toMatch(/^GPU 0: NVIDIA (A|H)/)
    own.dispose()
  })

  it('I 1.3: its MIG-backed types wait for MIG', async () => {
    const own = new Bench()
    await own.sh('host init --board A800-PCIe-80GB --profile vgpu17')
    await own.sh('vf enable 2')
    const { status, stderr } = await own.sh('vgpu create --type A800D-1-10C')
    expect(status).not.toBe(0)
    expect(stderr).toContain('MIG')
    own.dispose()
  })
})

describe('fit --board', () => {
  it.each([
    ['T4-8Q=2 --board T4', 0, '2 x T4-8Q fit on one T4'],
    ['T4-8Q=3 --board T4', 5, 'a GPU has at most 2 T4-8Q'],
    ['T4-8Q T4-4Q --board T4', 5, 'T4-8Q and T4-4Q differ in size'],
    ['T4-8Q T4-8C --board T4', 0, '1 x T4-8Q and 1 x T4-8C fit on one T4'],
    ['dc-48q=2 --board RTX-PRO-6000-Blackwell-SE', 0, 'fit on one RTX-PRO-6000-Blackwell-SE'],
    ['A40-4Q=13 --board A40', 5, 'a GPU has at most 12 A40-4Q'],
    ['A800D-40C=2 --board A800-PCIe-80GB', 0, '2 x A800D-40C fit on one A800-PCIe-80GB'],
  ])('I 1.3: %s ends with status %i', async (words, status, sentence) => {
    const outcome = await bench.sh(`fit ${words}`)
    expect(outcome.status).toBe(status)
    expect(outcome.stdout).toContain(sentence)
  })

  it('I 1.3: refuses a MIG-backed type and unknown names', async () => {
    const mig = await bench.sh('fit H800-1-10C --board H800-PCIe-80GB')
    expect(mig).toMatchObject({ status: 1, stderr: expect.stringContaining('needs a GPU instance 1g.10gb') })
    expect(await bench.sh('fit T4-9Q --board T4')).toMatchObject({ status: 3 })
    expect(await bench.sh('fit T4-9Q --board T5')).toMatchObject({ status: 3, stderr: expect.stringContaining('T4') })
  })
})
