import { describe, expect, it } from 'vitest'
import { GSP_VF_INFO, GspSystemInfo } from '../../src/abi/gsp-boot.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { fromSparse } from '../../src/engine/sparse.ts'
import type { GpuState } from '../../src/engine/state.ts'
import { gpuOf, hostOf } from '../engine/host-of.ts'
import { cold } from './hosts.ts'

describe('patch 5: GSP_VF_INFO', () => {
  const block = (gpu: GpuState) => fromSparse(gpu.gsp.systemInfo, GspSystemInfo.size).subarray(624, 664)

  it('reaches GSP at offset 624 as the capability says it', () => {
    const { gpu } = hostOf({ profile: 'rfc-v1' })
    expect(GSP_VF_INFO.decode(block(gpu))).toEqual({
      totalVFs: 32,
      firstVFOffset: 4,
      FirstVFBar0Address: 0x81000000,
      FirstVFBar1Address: 0x201000000000,
      FirstVFBar2Address: 0x202040000000,
      b64bitBar0: false,
      b64bitBar1: true,
      b64bitBar2: true,
    })
  })

  it('takes its flags from the mirror of the BAR registers', () => {
    const { gpu, machine } = cold()
    machine.config.write32(0xbf4, machine.config.read32(0xbf4) & ~6)
    machine.config.save()
    machine.nvkm.probe()
    expect(GSP_VF_INFO.decode(block(gpu))).toMatchObject({ b64bitBar1: false, b64bitBar2: true })
  })

  it('is all zero without the parameter', () => {
    expect(block(gpuOf(newHost({ vgpu: false }))).every((byte) => byte === 0)).toBe(true)
  })
})
