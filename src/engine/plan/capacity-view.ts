import { MiB } from '../../abi/align.ts'
import { profileOf } from '../../catalog/profiles.ts'
import type { CapacityView, WhatIfView } from '../../contract/views/plan.ts'
import { boardOf } from '../board-of.ts'
import { fits, free } from '../capacity.ts'
import { knownTypes } from '../known-types.ts'
import { stateAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { decodeType } from '../vgpu-mgr/types.ts'
import { gpuView } from '../views/gpu.ts'

/** Remaining capacity of a GPU by type, in NVIDIA's order of types. */
export function capacityView(host: HostState, index: number): CapacityView {
  const gpu = stateAt(host, index)
  const view = gpuView(host, index)
  const profile = profileOf(host)
  return {
    gpu: index,
    bdf: gpu.bdf,
    name: view.name,
    mode: view.vgpuMode.current,
    vgpuType: view.vgpuType,
    vfs: {
      total: view.sriov?.totalVfs ?? 0,
      enabled: gpu.vfs.length,
      free: gpu.vfs.filter((vf) => free(vf, profile)).length,
    },
    framebuffer: {
      totalMiB: view.framebuffer.usableMiB,
      usedMiB: view.framebuffer.usedMiB,
      largestFreeMiB: view.framebuffer.largestFreeMiB,
    },
    channels: { total: view.channels.vgpu.size, used: view.channels.vgpu.used },
    types: knownTypes(host, boardOf(gpu)).map((known) => {
      const type = decodeType(known)
      const { count, reason } = fits(host, index, type.vgpuType)
      return {
        id: type.vgpuType,
        name: type.vgpuName,
        profileSizeMiB: type.profileSize / MiB,
        maxInstance: type.maxInstance,
        creatable: count,
        reason,
      }
    }),
  }
}

/** Capacity by type before and after, of GPUs present both times. */
export function compareCapacity(before: readonly CapacityView[], after: readonly CapacityView[]): WhatIfView[] {
  const known = new Map(
    before.map(({ bdf, types }) => [bdf, new Map(types.map(({ id, creatable }) => [id, creatable]))]),
  )
  return after.flatMap(({ gpu, bdf, types }) =>
    types.map(({ id, name, profileSizeMiB, creatable, reason }) => ({
      gpu,
      bdf,
      vgpuType: { id, name },
      profileSizeMiB,
      before: known.get(bdf)?.get(id) ?? 0,
      after: creatable,
      reason,
    })),
  )
}
