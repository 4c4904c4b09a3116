import { newHost } from '../../src/engine/new-host.ts'
import type { Fault, GpuState, HostState, PluginState, ProfileName } from '../../src/engine/state.ts'
import { boundHost, type Host } from './bound-host.ts'

export const DRIVER = 'nvidia-vgpu-vfio'

/** A new host, with its state and its first GPU. */
export function hostOf(options: Parameters<typeof newHost>[0] = {}): { state: HostState; host: Host; gpu: GpuState } {
  const state = newHost(options)
  return { state, host: boundHost(state), gpu: gpuOf(state) }
}

/** One L40 with unbound VFs. */
export function unbound(profile: ProfileName, vfs = 4): ReturnType<typeof hostOf> {
  const made = hostOf({ profile })
  made.host.setAutoprobe(false)
  made.host.enableVfs({ count: vfs })
  return made
}

export function gpuOf(state: HostState, index = 0): GpuState {
  const gpu = state.gpus[index]
  if (!gpu) throw new Error(`there is no GPU ${index}`)
  return gpu
}

export function uuidOf(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`
}

/** Arms a fault that strikes once, after `after` visits to its point. */
export function arm(state: HostState, point: string, effect: string, after = 0): Fault {
  const fault: Fault = { id: state.faults.length + 1, point, effect, after, times: 1, hits: 0, struck: 0 }
  state.faults.push(fault)
  return fault
}

/** The state without the parts that a failed command may change: counters, time, log and trace. */
export function lasting(state: HostState): unknown {
  return {
    ...state,
    now: null,
    faults: null,
    gpus: state.gpus.map((gpu) => ({
      ...gpu,
      vfs: gpu.vfs.map((vf) => ({ ...vf, logs: null })),
      klog: null,
      vmsStarted: null,
      trace: null,
      hw: { ...gpu.hw, regs: null },
      gsp: { ...gpu.gsp, queue: null, plugins: Object.values(gpu.gsp.plugins).map(untimed) },
      nvkm: { ...gpu.nvkm, queue: null, events: null },
    })),
  }
}

/** A plugin task without the time at which its guest's driver loaded. */
function untimed({ guest, ...plugin }: PluginState) {
  return { ...plugin, guest: guest && { ...guest, since: null } }
}

/** A state after a save and a load. */
export function reloaded(state: HostState): HostState {
  return JSON.parse(JSON.stringify(state)) as HostState
}
