import { NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG } from '../../abi/ctrl2080.ts'
import { NvError } from '../../errors/nv-error.ts'
import { type Grid, gridOf } from '../placement/grid.ts'
import { type Seat, seatsOf } from '../placement/seat.ts'
import type { MgrState } from '../state.ts'
import type { VgpuType } from './types.ts'
import { fbLengthOf, type VgpuContext } from './vgpu.ts'
import { attachedMgr, type VgpuMgrWiring } from './wiring.ts'

/** The placement grid of a PF in its current mode. @throws NvError ENODEV while no VF is bound */
export function gridNow(wiring: VgpuMgrWiring): Grid {
  return gridOf(wiring.board, wiring.profile, attachedMgr(wiring).heterogeneous)
}

/** Switches GSP and the manager between mixed-size and equal-size mode. @throws NvError of GSP's refusal */
export function setHeterogeneous(wiring: VgpuMgrWiring, on: boolean): void {
  const mgr = attachedMgr(wiring)
  wiring.ops.rmCtrlWr(
    { handle: mgr.client },
    NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG.cmd,
    NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG.params.encode({
      bSupportHeterogeneousTimeSlicedVgpuTypes: on,
    }),
  )
  mgr.heterogeneous = on
}

/** Resets GSP to equal-size mode: the mode belongs to this manager, not to the next one. */
export function leaveMixedSizes(wiring: VgpuMgrWiring, mgr: MgrState): void {
  if (!mgr.heterogeneous) return
  try {
    setHeterogeneous(wiring, false)
  } catch (error) {
    if (!(error instanceof NvError)) throw error
    wiring.klog.warn(`${wiring.gpu.bdf}: GSP stays in heterogeneous mode: ${error.message}`)
  }
}

/** The fixed position of a vGPU, null where the allocators choose. @param placementId first slot, null without placement */
export function seatFor(
  wiring: VgpuMgrWiring,
  context: VgpuContext,
  type: VgpuType,
  placementId: number | null,
): Seat | null {
  const { ops, profile } = wiring
  if (placementId === null) return null
  const grid = gridNow(wiring)
  if (grid.mode !== 'mixed-size') return null
  const types = context.mgr.types.flatMap((id) => wiring.knownType(id) ?? [])
  const space = {
    usableFb: ops.usableFbSize(),
    vmmuSegmentSize: ops.vmmuSegmentSize(),
    channels: profile.channelsReserved,
  }
  const needs = { type, id: placementId, fbLength: fbLengthOf(context, type), channels: context.channelsOf(type) }
  return seatsOf(grid, space, types)(needs)
}
