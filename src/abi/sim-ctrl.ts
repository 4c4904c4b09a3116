import { struct } from './compound.ts'
import { control } from './control.ts'
import { u32 } from './scalars.ts'

// Controls that stand for non-public interfaces of the released resource manager. Numbers and layouts are the
// simulation's own, in a range of class 0x2080 that no public header uses.

/** Sets the vGPU scheduler of a GPU, as `nvidia-smi vgpu set-scheduler-state` does. */
export const SIM2080_CTRL_CMD_SET_VGPU_SCHEDULER = control(
  'SIM2080_CTRL_CMD_SET_VGPU_SCHEDULER',
  0x2080_f001,
  struct('SIM2080_CTRL_SET_VGPU_SCHEDULER_PARAMS', () => ({
    /** a word in the format of the module option RmPVMRL */
    pvmrl: u32,
  })),
)
