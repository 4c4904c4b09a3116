import { NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_ENCODER_CAPACITY } from '../../abi/ctrl2080.ts'
import type { Change } from '../../contract/views/change.ts'
import type { VgpuView } from '../../contract/views/vgpu.ts'
import { NvError } from '../../errors/nv-error.ts'
import { findVgpu } from '../select.ts'
import type { HostState } from '../state.ts'
import { vgpuView } from '../views/vgpu.ts'
import { onMachine } from './run.ts'

/**
 * Sets the share of the encoders that a running vGPU may use. It ends with the plugin task.
 * @throws NvError as findVgpu, EINVAL (not a percentage, or the vGPU does not run), EIO
 */
export function setEncoderCapacity(
  host: HostState,
  { vgpu, percent }: { vgpu: string; percent: number },
): Change<VgpuView> {
  const at = findVgpu(host, vgpu)
  const call = 'nvidia_vgpu_set_encoder_capacity'
  if (!(Number.isInteger(percent) && percent >= 0 && percent <= 100))
    throw new NvError({
      errno: 'EINVAL',
      code: 'invalid-argument',
      at: call,
      message: `${percent} is no percentage from 0 to 100`,
      hint: `nvgpu vgpu encoder-capacity ${at.vf.uuid} 50`,
    })
  if (at.vf.opened === null)
    throw new NvError({
      errno: 'EINVAL',
      code: 'wrong-state',
      at: call,
      message: `${at.vf.uuid} does not run`,
      hint: `nvgpu vgpu start ${at.vf.uuid}`,
      object: at.vf.bdf,
    })
  const control = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_ENCODER_CAPACITY
  const changed = host.gpus[at.gpu]?.gsp.plugins[at.vf.index + 1]?.encoderCapacity !== percent
  onMachine(host, at.gpu, (machine) =>
    machine.nvkm.internalControl(
      control.cmd,
      control.params.encode({ gfid: at.vf.index + 1, encoderCapacity: percent }),
    ),
  )
  return { changed, items: [vgpuView(host, at)], warnings: changed ? [] : [`it is ${percent} % already`] }
}
