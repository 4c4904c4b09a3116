import type { Board } from '../../catalog/boards.ts'
import type { Profile } from '../../catalog/profiles.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Clock } from '../clock.ts'
import type { Klog } from '../klog.ts'
import type { MigNow } from '../mig/now.ts'
import type { NvkmVgpuMgrVfioOps } from '../nvkm/ops.ts'
import type { GpuState, MgrState } from '../state.ts'
import type { Trace } from '../trace.ts'
import type { TypeRecord, VgpuType } from './types.ts'

/** What the manager of one PF is given. */
export interface VgpuMgrWiring {
  board: Board
  gpu: Pick<GpuState, 'mgr' | 'bdf'> & { nvkm: { driver: string | null } }
  ops: NvkmVgpuMgrVfioOps
  profile: Profile
  clock: Clock
  klog: Klog
  trace: Trace | null
  /** request_firmware. @throws NvError ENOENT */
  requestFirmware(path: string): Uint8Array
  /** The host's types for this PF's device id, in upload order. */
  knownTypes(): TypeRecord[]
  /** The address of a VF whose VM runs, null for another. */
  runs(vf: number): string | null
  /** MIG of the PF, as the core driver keeps it. */
  mig(): MigNow
  /** One known type, decoded. */
  knownType(vgpuType: number): VgpuType | undefined
}

/** The record of the manager. @throws NvError ENODEV while no VF is bound */
export function attachedMgr({ gpu: { mgr, bdf } }: Pick<VgpuMgrWiring, 'gpu'>): MgrState {
  if (!mgr)
    throw new NvError({
      errno: 'ENODEV',
      code: 'no-device',
      at: 'nvidia_vgpu_mgr_get',
      message: `no vGPU manager is attached to ${bdf}`,
      hint: `nvgpu vf list --gpu ${bdf}`,
    })
  return mgr
}
