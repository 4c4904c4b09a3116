import { alignUp } from '../../abi/align.ts'
import { knownType } from '../known-types.ts'
import type { Machine } from '../machine.ts'
import type { Destination } from '../migration/compat.ts'
import type { HostState } from '../state.ts'
import { channelsByRule, fbLengthOf } from '../vgpu-mgr/vgpu.ts'

/** The facts of a GPU that a migrating vGPU is checked against. @throws NvError as the manager's facts, ENODEV (ECC and the type) */
export function destinationOf(host: HostState, machine: Machine, vgpuType: number): Destination {
  const { mgr, ops, profile, gpu, board } = machine
  const facts = mgr.facts()
  const type = knownType(host, board, vgpuType)
  if (!type) return { ...facts, bdf: gpu.bdf, type: null }
  const length = fbLengthOf({ pf: gpu.bdf, ops, mgr: facts, profile }, type)
  return {
    ...facts,
    bdf: gpu.bdf,
    type: {
      name: type.vgpuName,
      numChannels: channelsByRule(profile.channelsPerVgpu, ops.totalAvailChids(), type, mgr.mig().table),
      fbLength: alignUp(length, ops.vmmuSegmentSize()),
    },
  }
}
