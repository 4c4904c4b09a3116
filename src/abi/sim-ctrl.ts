import { struct } from './compound.ts'
import { control } from './control.ts'
import { bool8, u32 } from './scalars.ts'

// Controls that stand for non-public interfaces of the released resource manager. Numbers and layouts are the
// simulation's own, in ranges of the classes 0x2080 and 0xc637 that no public header uses.

/** Sets the vGPU scheduler of a GPU, as `nvidia-smi vgpu set-scheduler-state` does. */
export const SIM2080_CTRL_CMD_SET_VGPU_SCHEDULER = control(
  'SIM2080_CTRL_CMD_SET_VGPU_SCHEDULER',
  0x2080_f001,
  struct('SIM2080_CTRL_SET_VGPU_SCHEDULER_PARAMS', () => ({
    /** a word in the format of the module option RmPVMRL */
    pvmrl: u32,
  })),
)

/** Whether several vGPUs may take turns on a GPU instance, as `nvidia-smi vgpu -smts` does. */
export const SIM2080_CTRL_CMD_SET_MIG_TIME_SLICING = control(
  'SIM2080_CTRL_CMD_SET_MIG_TIME_SLICING',
  0x2080_f002,
  struct('SIM2080_CTRL_SET_MIG_TIME_SLICING_PARAMS', () => ({ bTimeSlicing: bool8 })),
)

/** Whether sizes mix among the vGPUs of a GPU instance, as `nvidia-smi vgpu -gi N -shm` does. Its object refers to the instance. */
export const SIMC637_CTRL_CMD_SET_VGPU_MODE = control(
  'SIMC637_CTRL_CMD_SET_VGPU_MODE',
  0xc637_f001,
  struct('SIMC637_CTRL_SET_VGPU_MODE_PARAMS', () => ({ bHeterogeneous: bool8 })),
)
