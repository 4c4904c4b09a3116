import { struct } from './compound.ts'
import { control } from './control.ts'
import { u32 } from './scalars.ts'

// What the released resource manager does through interfaces that are not public. Numbers and layouts here are the
// simulation's own; they lie in a range of class 0x2080 that no public header uses.

/** Sets the vGPU scheduler of a GPU, as `nvidia-smi vgpu set-scheduler-state` does. */
export const SIM2080_CTRL_CMD_SET_VGPU_SCHEDULER = control(
  'SIM2080_CTRL_CMD_SET_VGPU_SCHEDULER',
  0x2080_f001,
  struct('SIM2080_CTRL_SET_VGPU_SCHEDULER_PARAMS', () => ({
    /** a word as the module option RmPVMRL has it */
    pvmrl: u32,
  })),
)
