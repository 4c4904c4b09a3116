import {
  NV2080_CTRL_CMD_GPU_QUERY_ECC_STATUS as ECC_STATUS,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_ENUMERATE_VGPU_PER_PGPU as ENUMERATE,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_VGPU_FB_USAGE as FB_USAGE,
  NV2080_GUEST_VM_INFO,
  NV2080_VGPU_FB_USAGE,
  NV2080_VGPU_GUEST,
  NV2080_CTRL_GPU_QUERY_ECC_UNIT_STATUS as UNIT_STATUS,
} from '../../abi/ctrl2080.ts'
import { boardOf } from '../board-of.ts'
import { eccAnswer } from '../gsp/ecc-status.ts'
import { guestVmInfo } from '../gsp/guest-info.ts'
import { enumerateAnswer, fbUsageAnswer } from '../gsp/vgpu-lists.ts'
import type { GpuState } from '../state.ts'

// A view takes the bytes of an answer without the message: a look must not advance time or the queues.

export type EnumeratedVgpu = ReturnType<typeof NV2080_VGPU_GUEST.decode>

/** What ENUMERATE_VGPU_PER_PGPU says of a GPU's vGPUs, by gfid. */
export function enumeratedVgpus({ gsp }: Pick<GpuState, 'gsp'>): Map<number, EnumeratedVgpu> {
  const answer = enumerateAnswer(gsp)
  const { numVgpu, vgpuGuest } = ENUMERATE.params.fields
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength)
  const found = new Map<number, EnumeratedVgpu>()
  for (let i = 0; i < numVgpu.layout.read(view, numVgpu.offset); i += 1) {
    const at = vgpuGuest.offset + i * NV2080_VGPU_GUEST.size
    const guest = NV2080_VGPU_GUEST.decode(answer.subarray(at, at + NV2080_VGPU_GUEST.size))
    found.set(guest.vgpuDevice.gfid, guest)
  }
  return found
}

/** What GET_VGPU_FB_USAGE says, bytes by gfid. */
export function fbUsage({ gsp }: Pick<GpuState, 'gsp'>): Map<number, number> {
  const answer = fbUsageAnswer(gsp)
  const { vgpuCount, vgpuFbUsage } = FB_USAGE.params.fields
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength)
  const found = new Map<number, number>()
  for (let i = 0; i < vgpuCount.layout.read(view, vgpuCount.offset); i += 1) {
    const at = vgpuFbUsage.offset + i * NV2080_VGPU_FB_USAGE.size
    const { gfid, fbUsed } = NV2080_VGPU_FB_USAGE.decode(answer.subarray(at, at + NV2080_VGPU_FB_USAGE.size))
    found.set(gfid, fbUsed)
  }
  return found
}

/** What message 14 says of a guest; null while it has no driver. */
export function guestInfo(
  { gsp }: Pick<GpuState, 'gsp'>,
  gfid: number,
): ReturnType<typeof NV2080_GUEST_VM_INFO.decode> | null {
  const plugin = gsp.plugins[gfid]
  // guestVmInfoState of the answer is 0 then, and the view has nothing to show
  if (!plugin?.guest) return null
  return NV2080_GUEST_VM_INFO.decode(NV2080_GUEST_VM_INFO.encode(guestVmInfo(plugin)))
}

/** Whether ECC is on, as QUERY_ECC_STATUS says. */
export function eccEnabled(gpu: Pick<GpuState, 'gsp' | 'board' | 'bdf' | 'figures'>): boolean {
  const answer = eccAnswer(gpu.gsp.eccEnabled, boardOf(gpu).eccSupported)
  return UNIT_STATUS.get(answer, 'enabled', ECC_STATUS.params.fields.units.offset)
}
