import {
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_ENUMERATE_VGPU_PER_PGPU as ENUMERATE,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_VGPU_FB_USAGE as FB_USAGE,
  NV2080_GUEST_VM_INFO,
  NV2080_VGPU_FB_USAGE,
  NV2080_VGPU_GUEST,
} from '../../abi/ctrl2080.ts'
import { guestVmInfo } from '../gsp/guest-info.ts'
import { enumerateAnswer, fbUsageAnswer } from '../gsp/vgpu-lists.ts'
import type { GpuState, PluginState } from '../state.ts'

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

/** What message 14 says of a guest. */
export function guestInfo(plugin: PluginState): ReturnType<typeof NV2080_GUEST_VM_INFO.decode> {
  return NV2080_GUEST_VM_INFO.decode(NV2080_GUEST_VM_INFO.encode(guestVmInfo(plugin)))
}
