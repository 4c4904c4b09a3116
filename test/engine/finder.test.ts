import { describe, expect, it } from 'vitest'
import { findDefinition } from '../../src/engine/definitions/find.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { findVf, findVgpu, findWith, gpuIndex } from '../../src/engine/select.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { boundHost } from './bound-host.ts'

const UUID = '0d9ad6b6-4b2c-4f0e-9a53-2f0c1d7e8a91'

/** Three GPUs with a vGPU on the second. Reading one of the `others` fails. */
function fleet(others = [0, 2]) {
  const state = newHost({ gpus: 3 })
  const host = boundHost(state)
  for (const gpu of ['0', '1', '2']) host.enableVfs({ gpu, count: 2 })
  const [made] = host.createVgpu({ type: 'L40-4Q', gpu: '1', uuid: UUID, name: 'Desk', start: true }).items
  const { bdf, uuid } = state.gpus[1] ?? { bdf: '', uuid: '' }
  const asked: string[][] = []
  findWith(state, {
    candidates(words) {
      asked.push([...words])
      return [1]
    },
  })
  for (const other of others) {
    Object.defineProperty(state.gpus, other, {
      get() {
        throw new Error(`GPU ${other} was looked at`)
      },
    })
  }
  return { state, vf: made?.vf ?? '', bdf, uuid, asked }
}

describe('a word', () => {
  it('that is the UUID or VF address of a vGPU means that one, whatever another is called', () => {
    const state = newHost({ gpus: 2 })
    const host = boundHost(state)
    for (const gpu of ['0', '1']) host.enableVfs({ gpu, count: 2 })
    const uuidOf = (number: number) => UUID.replace('0', String(number))
    const create = (number: number, gpu: string, name: string) =>
      host.createVgpu({ type: 'L40-4Q', gpu, uuid: uuidOf(number), name, start: true })
    create(1, '0', '0000:c2:00.4')
    create(2, '0', uuidOf(3))
    create(3, '1', 'victim')
    for (const word of ['0000:c2:00.4', 'c2:00.4', uuidOf(3), uuidOf(3).toUpperCase(), 'victim'])
      expect(findVgpu(state, word).vf.uuid, word).toBe(uuidOf(3))
    host.destroyVgpus({ selectors: ['victim'] })
    expect(findVgpu(state, '0000:c2:00.4').vf.uuid).toBe(uuidOf(1))
    expect(findVgpu(state, uuidOf(3)).vf.uuid).toBe(uuidOf(2))
  })

  it('that is the UUID of a definition means that one, whatever another is called', () => {
    const state = newHost({})
    const host = boundHost(state)
    const other = UUID.replace('0', '1')
    host.defineVgpu({ type: 'L40-4Q', uuid: UUID, name: other })
    host.defineVgpu({ type: 'L40-4Q', uuid: other })
    expect(findDefinition(state, other).uuid).toBe(other)
    for (const word of ['constructor', '__proto__']) expect(() => findDefinition(state, word)).toThrow(NvError)
  })
})

describe('with something that knows where things are', () => {
  it.each([
    ['its name', () => 'Desk'],
    ['its UUID in capitals', () => UUID.toUpperCase()],
    ['the beginning of its UUID', () => UUID.slice(0, 5)],
    ['the address of its VF', ({ vf }: { vf: string }) => vf],
    ['that address without its domain', ({ vf }: { vf: string }) => vf.slice(5)],
  ])('a vGPU is found by %s and no other GPU is looked at', (_, wordOf) => {
    const { state, vf, asked } = fleet()
    const word = wordOf({ vf })
    expect(findVgpu(state, word)).toMatchObject({ gpu: 1, vf: { uuid: UUID } })
    const told = asked[0] ?? []
    expect([UUID, 'Desk', vf].some((name) => told.some((spelling) => name.includes(spelling)))).toBe(true)
  })

  it('so are a VF and a GPU by their addresses, and a GPU by its UUID', () => {
    const { state, vf, bdf, uuid } = fleet()
    expect(findVf(state, vf.slice(5))).toMatchObject({ gpu: 1, vf: { index: 0 } })
    expect(gpuIndex(state, bdf.slice(5))).toBe(1)
    expect(gpuIndex(state, uuid)).toBe(1)
  })

  it('no other GPU is looked at by what makes, starts, stops, defines and ends a vGPU', () => {
    // The first GPU gives the boards, and so the types.
    const { state } = fleet([2])
    const host = boundHost(state)
    const selectors = ['Desk']
    const identity = { uuid: UUID.replace('0', '1'), name: 'Other' }
    expect(host.createVgpu({ type: 'L40-4Q', gpu: '1', ...identity, start: true }).changed).toBe(true)
    expect(host.defineVgpu({ vgpu: 'Desk', start: 'auto' }).changed).toBe(true)
    expect(host.listedVgpu('Desk').definition?.start).toBe('auto')
    expect(host.stopVgpus({ selectors }).changed).toBe(true)
    expect(host.startNamed({ selectors, vm: 'Other' }).changed).toBe(true)
    expect(host.destroyVgpus({ selectors: ['nobody'], ifExists: true }).changed).toBe(false)
    expect(host.destroyVgpus({ selectors }).changed).toBe(true)
    expect(host.listedVgpu('Desk')).toMatchObject({ state: 'defined', gpu: 1 })
    expect(host.startNamed({ selectors }).changed).toBe(true)
    expect(host.undefineVgpus({ selectors }).changed).toBe(true)
  })

  it('a vGPU that is there already is seen before another of its name is made', () => {
    const { state } = fleet()
    const again = { type: 'L40-4Q', gpu: '1', uuid: UUID.replace('0', '1'), name: 'Desk', start: true }
    expect(() => boundHost(state).createVgpu(again)).toThrow(/the name "Desk" belongs to the vGPU on/)
  })
})
