import { NvError } from '../abi/nv-error.ts'
import { PROFILES, type Profile } from '../catalog/profiles.ts'
import { boardOf } from './board-of.ts'
import { knownType } from './known-types.ts'
import { findDown, findUp, take } from './nvkm/ranges.ts'
import { stateAt } from './select.ts'
import type { GpuState, HostState, Pool, VfState } from './state.ts'
import { checkTypeSelection } from './vfio/type-select.ts'
import type { VgpuType } from './vgpu-mgr/types.ts'
import { channelsByRule, fbLengthOf } from './vgpu-mgr/vgpu.ts'

const FB_PAGE = 4096

/** How many more vGPUs of a type could be created and started on a GPU now, and what stops the next one. */
export function fits(host: HostState, index: number, vgpuType: number): { count: number; reason: string | null } {
  const gpu = stateAt(host, index)
  const profile = PROFILES[host.profile]
  const find = (id: number) => {
    const type = knownType(host, boardOf(gpu), id)
    if (!type)
      throw new NvError({
        errno: 'ENODEV',
        code: 'not-found',
        at: 'current_vgpu_type_store',
        message: `vGPU type ${id} is not one of ${gpu.bdf}`,
      })
    return type
  }
  if (!gpu.nvkm.enabled) return { count: 0, reason: 'vGPU support is not enabled' }
  const vfs = gpu.vfs.map((vf) => ({ ...vf }))
  const trial = { chids: copy(gpu.nvkm.chid.reserved), fb: copy(gpu.nvkm.fb), bar1: copy(gpu.nvkm.bar1) }
  let count = 0
  try {
    const type = find(vgpuType)
    const length = fbLengthOf({ ops: sizes(gpu), mgr: { eccEnabled: gpu.gsp.eccEnabled }, profile }, type)
    for (;;) {
      const vf = vfs.find((known) => free(known, profile))
      if (!vf) return { count, reason: vfs.length === 0 ? 'no VFs are enabled' : 'no free VF' }
      checkTypeSelection(vf, vfs, vgpuType, profile.sharing, find)
      const short = takeAll(trial, gpu, profile, type, length)
      if (short) return { count, reason: short }
      vf.vgpuType = vgpuType
      count += 1
    }
  } catch (error) {
    if (error instanceof NvError) return { count, reason: error.message }
    throw error
  }
}

/** A VF that can take another vGPU: bound to the variant driver, no type, and within the profile's limit. */
export function free(vf: VfState, profile: Profile): boolean {
  const legal = profile.maxVgpus.rule !== 'vf-index' || vf.index < profile.maxVgpus.limit
  return legal && vf.driver === 'nvidia-vgpu-vfio' && vf.vgpuType === 0 && vf.opened === null
}

/** Takes on copies of the pools what creating one vGPU takes, in the profile's order. @returns what is missing, or null */
function takeAll(
  trial: { chids: Pool; fb: Pool; bar1: Pool },
  gpu: GpuState,
  profile: Profile,
  type: VgpuType,
  length: number,
): string | null {
  const segment = gpu.nvkm.vmmuSegmentSize
  const channels = channelsByRule(profile.channelsPerVgpu, profile.channelsReserved.count, type.maxInstance)
  const one = (pool: Pool, at: number | null, size: number, what: string) => {
    if (at === null) return what
    take(pool, { offset: at, size, owner: 'trial' })
    return null
  }
  const fbSize = Math.ceil(length / segment) * segment
  const mapped = profile.mapWholeHeap ? type.gspHeapSize : profile.mappedHeapSize
  return (
    one(trial.chids, findUp(trial.chids, channels), channels, 'no channels') ??
    one(trial.fb, findDown(trial.fb, fbSize, segment), fbSize, 'no framebuffer') ??
    one(
      trial.fb,
      findDown(trial.fb, type.gspHeapSize, FB_PAGE),
      type.gspHeapSize,
      'no framebuffer for the management heap',
    ) ??
    one(trial.bar1, findUp(trial.bar1, mapped, FB_PAGE), mapped, 'no BAR1 space')
  )
}

function sizes(gpu: GpuState) {
  return { vmmuSegmentSize: () => gpu.nvkm.vmmuSegmentSize, totalFbSize: () => gpu.nvkm.fbTotal }
}

function copy(pool: Pool): Pool {
  return { ...pool, used: [...pool.used] }
}
