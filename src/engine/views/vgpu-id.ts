import { stateAt } from '../select.ts'
import type { HostState } from '../state.ts'

/** Offset between the client handles of two GPUs. Real RM numbers clients for the whole host; here each GPU does. */
const CLIENTS_OF_A_GPU = 1024

/**
 * The id of a running vGPU in nvidia-smi's screens, else null: its RM client handle, as in captures (3251634190 is
 * 0xc1d0000e), and the vgpu_device_instance_id of its plugin. Each GPU has an offset of its own, so that an id names one
 * vGPU of the host.
 */
export function vgpuId(host: HostState, gpu: number, vfIndex: number): number | null {
  const client = stateAt(host, gpu).mgr?.vgpus[vfIndex]?.client ?? null
  return client === null ? null : client + gpu * CLIENTS_OF_A_GPU
}
