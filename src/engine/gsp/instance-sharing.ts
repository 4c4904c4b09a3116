import { SIM2080_CTRL_CMD_SET_MIG_TIME_SLICING, SIMC637_CTRL_CMD_SET_VGPU_MODE } from '../../abi/sim-ctrl.ts'
import { NV_ERR_NOT_SUPPORTED, NV_ERR_OBJECT_NOT_FOUND, NV_ERR_STATE_IN_USE, NV_OK } from '../../errors/nv-status.ts'
import type { ControlContext } from './control-context.ts'
import { instanceOf } from './gpu-instances.ts'

/** Switches the turns of vGPUs on GPU instances, on chips that have them. Off ends mixed sizes. Plugin tasks are in the way. */
export function setTimeSlicing({ state, board }: ControlContext, params: Uint8Array): { status: number } {
  if (!board.mig?.canTimeSlice) return { status: NV_ERR_NOT_SUPPORTED }
  if (Object.keys(state.plugins).length > 0) return { status: NV_ERR_STATE_IN_USE }
  const on = SIM2080_CTRL_CMD_SET_MIG_TIME_SLICING.params.get(params, 'bTimeSlicing')
  state.mig.timeSlicing = on
  if (!on) for (const instance of state.mig.instances) instance.heterogeneous = false
  return { status: NV_OK }
}

/** Switches mixed sizes of the GPU instance under the control. Its plugin tasks are in the way. */
export function setInstanceMode({ state, board, object }: ControlContext, params: Uint8Array): { status: number } {
  const instance = instanceOf(state, object.swizzId ?? -1)
  if (instance === undefined) return { status: NV_ERR_OBJECT_NOT_FOUND }
  if (Object.values(state.plugins).some(({ swizzId }) => swizzId === instance.swizzId))
    return { status: NV_ERR_STATE_IN_USE }
  if (!board.mig?.canTimeSlice || !state.mig.timeSlicing) return { status: NV_ERR_NOT_SUPPORTED }
  instance.heterogeneous = SIMC637_CTRL_CMD_SET_VGPU_MODE.params.get(params, 'bHeterogeneous')
  return { status: NV_OK }
}
