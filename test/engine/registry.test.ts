import { describe, expect, it } from 'vitest'
import { packRegistry, registryEntries } from '../../src/engine/nvkm/registry.ts'
import { parseRegistryDwords } from '../../src/engine/nvkm/registry-dwords.ts'

const GOLDEN =
  '7100000003000000380000000100000001000000040000004c000000010000000100000004000000620000000100000001000000' +
  '04000000524d5365634275735265736574456e61626c6500524d466f72636550636965436f6e6669675361766500524d5365745372696f764d6f646500'

function parsed(text: string) {
  const malformed: string[] = []
  return { entries: parseRegistryDwords(text, (pair) => malformed.push(pair)), malformed }
}

describe('the registry message', () => {
  it('is the 113 golden bytes for the three entries the driver always sends', () => {
    const table = packRegistry(registryEntries([], true))
    expect(Buffer.from(table).toString('hex')).toBe(GOLDEN)
    const view = new DataView(table.buffer)
    expect([8, 24, 40].map((entry) => view.getUint32(entry, true))).toEqual([56, 76, 98])
  })

  it('puts the user between the defaults and RMSetSriovMode, which is there for vGPU only', () => {
    const user = parsed('A=1;B=two').entries
    const keys = (vgpu: boolean) => registryEntries(user, vgpu).map((entry) => entry.key)
    expect(keys(true)).toEqual(['RMSecBusResetEnable', 'RMForcePcieConfigSave', 'A', 'B', 'RMSetSriovMode'])
    expect(keys(false)).toEqual(['RMSecBusResetEnable', 'RMForcePcieConfigSave', 'A', 'B'])
  })

  it('takes numbers of every C base for dwords and anything else for a string', () => {
    const { entries } = parsed('a=10; b = 0x1F ;c=017;d=0;e=4294967295;f=4294967296;g=-1;h=08;i=x=y')
    expect(Object.fromEntries(entries.map(({ key, value }) => [key, value]))).toEqual({
      a: 10,
      b: 31,
      c: 15,
      d: 0,
      e: 0xffffffff,
      f: '4294967296',
      g: '-1',
      h: '08',
      i: 'x=y',
    })
  })

  it('reports malformed pairs, skips them and goes on', () => {
    expect(parsed('novalue;=5;ok=1;empty=;;')).toEqual({
      entries: [{ key: 'ok', value: 1 }],
      malformed: ['novalue', '=5', 'empty='],
    })
  })

  it('lays a string out as offset and length with its NUL', () => {
    const table = packRegistry([{ key: 'K', value: 'hello' }])
    const view = new DataView(table.buffer)
    expect([view.getUint32(0, true), view.getUint32(4, true), table.length]).toEqual([32, 1, 32])
    expect([view.getUint32(8, true), table[12], view.getUint32(16, true), view.getUint32(20, true)]).toEqual([
      24, 3, 26, 6,
    ])
    expect(Buffer.from(table.subarray(24)).toString()).toBe('K\0hello\0')
  })

  it('takes a key of 63 characters and refuses 64, which make 65 bytes with the NUL', () => {
    expect(packRegistry([{ key: 'k'.repeat(63), value: 1 }]).length).toBe(8 + 16 + 64)
    expect(() => packRegistry([{ key: 'k'.repeat(64), value: 1 }])).toThrow(
      expect.objectContaining({ errno: 'EINVAL' }),
    )
  })

  it('refuses a table that one message cannot carry', () => {
    const user = Array.from({ length: 3000 }, (_, n) => ({ key: `key${n}`, value: n }))
    expect(() => packRegistry(user)).toThrow(expect.objectContaining({ errno: 'EINVAL' }))
  })
})
