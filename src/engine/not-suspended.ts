import { NvError } from '../errors/nv-error.ts'
import type { HostState } from './state.ts'

/**
 * Refuses a change of a suspended host: its GPUs do not answer. A device that closed meanwhile would leave its plugin
 * task in the saved firmware, out of reach.
 * @throws NvError EIO while the host is suspended
 */
export function requireNotSuspended(host: HostState): void {
  if (!host.suspended) return
  throw new NvError({
    errno: 'EIO',
    code: 'not-running',
    at: 'nvkm_gsp_fini',
    message: 'the host is suspended and its GPUs answer nobody',
    hint: 'nvgpu host resume',
  })
}
