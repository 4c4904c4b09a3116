import { NVA081_NOTIFIERS_MAXCOUNT } from '../../abi/nva081.ts'
import type { VgpuState } from '../state.ts'
import type { VgpuMgrWiring } from './wiring.ts'

/** NVA081_NOTIFIERS_EVENT_VGPU_GUEST_*, by index. */
const CONFIG_EVENTS = ['guest created', 'guest initialising', 'guest destroyed'] as const

/** What the manager of one PF does on GSP's events. */
export class MgrEvents {
  readonly #wiring: Pick<VgpuMgrWiring, 'gpu' | 'clock' | 'klog'>

  constructor(wiring: Pick<VgpuMgrWiring, 'gpu' | 'clock' | 'klog'>) {
    this.#wiring = wiring
  }

  /**
   * Handles a channel error from GSP: marks the vGPU that owns the channel as failed; others are unaffected.
   * @returns the vGPU, or null for a host channel
   */
  channelError(channel: number, xid: number, text: string): VgpuState | null {
    const { gpu, clock, klog } = this.#wiring
    const owner = Object.values(gpu.mgr?.vgpus ?? {}).find(
      ({ chid }) => chid !== null && channel >= chid.offset && channel < chid.offset + chid.num,
    )
    if (!owner) return null
    owner.failed = { xid, text, at: clock.now }
    klog.err(`nvidia-vgpu ${owner.id}: Xid ${xid} on channel ${channel}: ${text}`)
    return owner
  }

  /** Event 0x100d: the plugin task of a gfid asks for service. */
  pluginTriggered(gfid: number, notifyIndex: number): void {
    const { gpu, klog } = this.#wiring
    const vgpu = gpu.mgr?.vgpus[gfid - 1]
    if (vgpu) klog.info(`nvidia-vgpu ${vgpu.id}: its plugin task asks for service, notify index ${notifyIndex}`)
    else klog.warn(`${gpu.bdf}: a plugin task of gfid ${gfid} asks for service, and there is no such vGPU`)
  }

  /** Event 0x1010: a guest was created, initialises, or was destroyed (NVA081_NOTIFIERS_EVENT_*). */
  vgpuConfig(notifyIndex: number): void {
    const { gpu, klog } = this.#wiring
    const what = CONFIG_EVENTS[notifyIndex]
    if (notifyIndex < NVA081_NOTIFIERS_MAXCOUNT)
      klog.info(`${gpu.bdf}: vGPU configuration event ${notifyIndex}${what ? `: ${what}` : ''}`)
    else klog.warn(`${gpu.bdf}: vGPU configuration event ${notifyIndex} does not exist`)
  }
}
