import { describe, expect, it } from 'vitest'
import { GiB, KiB, MiB } from '../../src/abi/align.ts'
import { NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK } from '../../src/abi/ctrl2080.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { DRIVER, gpuOf, hostOf, uuidOf } from '../engine/host-of.ts'
import { meta, refusal, running } from './hosts.ts'

describe('patch 4: VF partition count', () => {
  it('is byte 240 of the meta block: the profile’s with vGPU, 0 without', () => {
    expect(meta(gpuOf(newHost({ profile: 'rfc-v1' })))[240]).toBe(2)
    expect(meta(gpuOf(newHost({ profile: 'v2' })))[240]).toBe(32)
    expect(meta(gpuOf(newHost({ profile: 'v2', vgpu: false })))[240]).toBe(0)
  })

  it('stays what it was at load, however many VFs there are', () => {
    const { host, gpu } = hostOf({ profile: 'rfc-v1' })
    host.enableVfs({ count: 32 })
    expect(meta(gpu)[240]).toBe(2)
  })

  it('makes GSP refuse a third partition even when the host does not', () => {
    const { gpu, host, machine, vgpu } = running()
    host.bindVf('1', DRIVER)
    host.createVgpu({ type: '869', vf: '1', uuid: uuidOf(2), start: true })
    const params = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK.params.encode({
      dbdf: 0xc106,
      gfid: 3,
      numGuestFbSegments: 1,
      guestFbPhysAddrList: [0],
      guestFbLengthList: [GiB],
      pluginHeapMemoryPhysAddr: 2 * GiB,
      pluginHeapMemoryLength: 32 * MiB,
      initTaskLogBuffOffset: 2 * GiB,
      initTaskLogBuffSize: KiB,
      vgpuTaskLogBuffOffset: 2 * GiB + KiB,
      vgpuTaskLogBuffSize: KiB,
    })
    const command = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK.cmd
    expect(() => machine.nvkm.rm.control({ handle: vgpu.client ?? 0 }, command, params)).toThrow(
      refusal({ errno: 'EINVAL', message: expect.stringContaining('NV_ERR_INSUFFICIENT_RESOURCES') }),
    )
    expect(Object.keys(gpu.gsp.plugins)).toEqual(['1', '2'])
  })
})
