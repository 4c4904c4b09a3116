import { stateAt } from '../select.ts'
import type { HostState } from '../state.ts'

/** RM of a whole host hands out client handles; here each GPU does, and has far fewer than this. */
const CLIENTS_OF_A_GPU = 1024

/**
 * The number of a vGPU in nvidia-smi's screens while it runs, else null: its RM client handle, as captured numbers are
 * (3251634190 is 0xc1d0000e), and what its plugin is told as vgpu_device_instance_id. Those of further GPUs are moved
 * apart, so that a number names one vGPU of the host.
 */
export function vgpuId(host: HostState, gpu: number, vfIndex: number): number | null {
  const client = stateAt(host, gpu).mgr?.vgpus[vfIndex]?.client ?? null
  return client === null ? null : client + gpu * CLIENTS_OF_A_GPU
}
