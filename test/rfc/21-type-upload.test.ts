import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE } from '../../src/abi/ctrl2080.ts'
import { NVA081_CTRL_VGPU_INFO } from '../../src/abi/nva081.ts'
import { encodeVgpuInfo } from '../../src/catalog/vgpu-info.ts'
import { typeById } from '../../src/catalog/vgpu-types.ts'
import { Machine } from '../../src/engine/machine.ts'
import { SHARED_TYPES } from '../../src/engine/type-storage.ts'
import { arm, DRIVER, lasting, reloaded, unbound } from '../engine/host-of.ts'
import { bound, refusal, type Seen, watch } from './hosts.ts'

describe('patch 21: type upload', () => {
  const COMMAND = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE.cmd
  const LAYOUT = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE.params
  const GOLDEN = 'c28b6f037210daeeacd6fa04962b04ef0347684d7982272408e2d181dd7f9107'

  it('goes out as one message and four continuation records over 78 queue entries', () => {
    const { state, gpu } = unbound('rfc-v1')
    const seen: Seen[] = []
    const machine = new Machine(state, gpu, { port: watch(gpu, seen) })
    machine.mgr.get()
    const from = seen.findIndex((message) => message.entries === 16)
    expect(seen.slice(from, from + 5)).toEqual([
      { fn: 76, entries: 16, payload: 65456 },
      { fn: 71, entries: 16, payload: 65456 },
      { fn: 71, entries: 16, payload: 65456 },
      { fn: 71, entries: 16, payload: 65456 },
      { fn: 71, entries: 14, payload: 55136 },
    ])
    expect(seen.filter((message) => message.fn === 71)).toHaveLength(4)
  })

  it('is put together again by GSP: its table is the golden record of type 869, byte for byte', () => {
    const { gpu } = bound()
    expect(gpu.gsp.types.map((type) => type.vgpuType)).toEqual([869])
    const [sent] = gpu.gsp.types
    const blob = sent ? SHARED_TYPES.peek(sent).slice() : new Uint8Array(0)
    const type = typeById(869)
    expect(type && Buffer.from(encodeVgpuInfo(type)).equals(blob)).toBe(true)
    // the golden sum is taken with the signature zeroed: NVIDIA's is not ours to have
    NVA081_CTRL_VGPU_INFO.set(blob, 'vgpuSignature', new Uint8Array(128))
    expect(createHash('sha256').update(blob).digest('hex')).toBe(GOLDEN)
  })

  it('empties the table first when told to discard, and only then', () => {
    const { gpu, machine } = bound()
    const client = { handle: gpu.mgr?.client ?? 0 }
    const type = typeById(874)
    if (!type) throw new Error('no type 874')
    const upload = (discardVgpuTypes: boolean, id: number) => {
      const params = LAYOUT.encode({ discardVgpuTypes, vgpuInfoCount: 1 })
      params.set(encodeVgpuInfo({ ...type, vgpuType: id }), LAYOUT.fields.vgpuInfo.offset)
      machine.ops.rmCtrlWr(client, COMMAND, params)
      return gpu.gsp.types.map((known) => known.vgpuType)
    }
    expect([upload(false, 1000), upload(false, 1001), upload(true, 1002)]).toEqual([
      [869, 1000],
      [869, 1000, 1001],
      [1002],
    ])
  })

  it.each([0, 65])('of %i types is refused by GSP', (vgpuInfoCount) => {
    const { gpu, machine } = bound()
    const params = LAYOUT.encode({ discardVgpuTypes: true, vgpuInfoCount })
    expect(() => machine.ops.rmCtrlWr({ handle: gpu.mgr?.client ?? 0 }, COMMAND, params)).toThrow(
      refusal({ errno: 'EINVAL', message: expect.stringContaining('NV_ERR_INVALID_ARGUMENT') }),
    )
    expect(gpu.gsp.types.map((type) => type.vgpuType)).toEqual([869])
  })

  it('fails the probe of the VF with its errno, and takes client and manager back', () => {
    const { host, state, gpu } = unbound('rfc-v1')
    const before = reloaded(state)
    arm(state, 'gsp.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE', 'NV_ERR_NO_MEMORY')
    expect(() => host.bindVf('0', DRIVER)).toThrow(refusal({ errno: 'ENOMEM' }))
    expect(lasting(state)).toEqual(lasting(before))
    expect(gpu.vfs[0]?.driver).toBeNull()
  })
})
