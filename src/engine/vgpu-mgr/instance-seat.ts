import { NvError } from '../../errors/nv-error.ts'
import { instanceSeat } from '../placement/instance-seat.ts'
import type { Seat } from '../placement/seat.ts'
import type { VgpuType } from './types.ts'
import type { VgpuContext } from './vgpu.ts'
import type { VgpuMgrWiring } from './wiring.ts'

/** The position of a vGPU on its GPU instance. @throws NvError ENODEV (no such instance) */
export function seatOnInstance(
  wiring: VgpuMgrWiring,
  context: VgpuContext,
  type: VgpuType,
  at: { id: number; placementId: number | null },
): Seat {
  const { ops, profile, gpu } = wiring
  const { table, instances } = wiring.mig()
  const instance = instances.find(({ swizzId }) => swizzId === at.id)
  if (table === null || instance === undefined) {
    throw new NvError({
      errno: 'ENODEV',
      code: 'no-instance',
      at: 'nvidia_vgpu_mgr_create_vgpu',
      message: `${gpu.bdf} has no GPU instance ${at.id}`,
      hint: `nvgpu mig list --gpu ${gpu.bdf}`,
      object: gpu.bdf,
    })
  }
  const space = {
    usableFb: ops.usableFbSize(),
    vmmuSegmentSize: ops.vmmuSegmentSize(),
    channels: profile.channelsReserved,
  }
  const types = context.mgr.types.flatMap((known) => wiring.knownType(known) ?? [])
  const backed = types.filter(({ gpuInstanceSize }) => gpuInstanceSize > 0)
  return instanceSeat(table, space, backed, type, { start: instance.start, placementId: at.placementId })
}
