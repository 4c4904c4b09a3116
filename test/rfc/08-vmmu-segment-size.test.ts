import { describe, expect, it } from 'vitest'
import { GiB, MiB } from '../../src/abi/align.ts'
import { Machine } from '../../src/engine/machine.ts'
import type { GpuState, HostState } from '../../src/engine/state.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { arm } from '../engine/host-of.ts'
import { cold, l40 } from './hosts.ts'

describe('patch 8: VMMU segment size', () => {
  it.each([32, 64, 128, 256, 512])('is what GSP answers: %i MiB, and guest memory is aligned to it', (mib) => {
    const { state, gpu, machine } = cold(l40(), { profile: 'v2' })
    gpu.gsp.vmmuSegmentSize = mib * MiB
    machine.nvkm.probe()
    expect(gpu.nvkm.vmmuSegmentSize).toBe(mib * MiB)
    machine.writeNumVfs('1')
    const { addr, size } = new Machine(state, gpu).ops.allocFbmem(GiB - 1, true, 'guest')
    expect([addr % (mib * MiB), size % (mib * MiB)]).toEqual([0, 0])
  })

  it.each<[string, (state: HostState, gpu: GpuState) => void]>([
    ['GSP refuses', (state) => arm(state, 'gsp.NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE', 'NV_ERR_GENERIC')],
    ['GSP is silent', (state) => arm(state, 'gsp.NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE', 'drop')],
    [
      'the answer is no size there is',
      (_, gpu) => {
        gpu.gsp.vmmuSegmentSize = 3 * MiB
      },
    ],
  ])('fails init when %s: support stays off and no client remains', (_, spoil) => {
    const { state, gpu, machine } = cold()
    spoil(state, gpu)
    expect(() => machine.nvkm.probe()).toThrow(NvError)
    expect(gpu.nvkm).toMatchObject({ enabled: false, clients: [], driver: null })
  })
})
