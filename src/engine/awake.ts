import { NvError } from '../errors/nv-error.ts'
import type { HostState } from './state.ts'

/**
 * The state, for whoever is about to change something in it: a host that is suspended answers nobody. Without this a
 * device that is closed meanwhile would leave its plugin task in the saved firmware, where nothing can reach it again.
 * @throws NvError EIO while the host is suspended
 */
export function awake(host: HostState): HostState {
  if (!host.suspended) return host
  throw new NvError({
    errno: 'EIO',
    code: 'not-running',
    at: 'nvkm_gsp_fini',
    message: 'the host is suspended and its GPUs answer nobody',
    hint: 'nvgpu host resume',
  })
}
