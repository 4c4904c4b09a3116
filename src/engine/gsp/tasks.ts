import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import { NV_OK } from '../../errors/nv-status.ts'
import type { Faults } from '../faults.ts'
import type { Framebuffer } from '../hw/framebuffer.ts'
import { fromPvmrl, limiterActive } from '../load/scheduler.ts'
import type { PluginState } from '../state.ts'
import { firstChannel } from './chid-offset.ts'
import { readGuestInfo } from './guest-info.ts'
import { PluginTask } from './plugin.ts'
import { typeStatus } from './type-rules.ts'
import { type HeldTypes, typeRecord } from './type-store.ts'

/** Vector of a gfid that wakes its plugin task; every gfid owns 32 vectors. */
const CPU_TO_PLUGIN_VECTOR = 17
const VECTORS_PER_GFID = 32

/** The plugin tasks of one GPU. */
export class PluginTasks {
  readonly #held: HeldTypes
  readonly #fb: Framebuffer
  readonly #faults: Faults
  /** woken tasks by gfid */
  readonly #woken = new Map<number, PluginTask>()

  constructor(held: HeldTypes, fb: Framebuffer, faults: Faults) {
    this.#held = held
    this.#fb = fb
    this.#faults = faults
  }

  start(plugin: PluginState): void {
    if (this.#faults.at('plugin.boot') !== null) return
    this.#task(plugin).start()
  }

  /** The virtual-function doorbell: gfid * 32 + 17 wakes that gfid's plugin task; any other value does nothing. */
  ring(value: number): void {
    const { power, plugins } = this.#held.state
    if (power !== 'running' || value % VECTORS_PER_GFID !== CPU_TO_PLUGIN_VECTOR) return
    const plugin = plugins[(value - CPU_TO_PLUGIN_VECTOR) / VECTORS_PER_GFID]
    if (plugin) this.#task(plugin).onDoorbell((message) => this.#injected(message))
  }

  /**
   * A guest's driver loads and sends NV2080_GUEST_VM_INFO to the plugin task. The channel between them is not modelled.
   * @param limited the plugin parameter frame_rate_limiter
   * @param since virtual time
   */
  guestDriver(gfid: number, info: Uint8Array, limited: boolean, since: number): void {
    const plugin = this.#held.state.plugins[gfid]
    if (!plugin) return
    plugin.guest = { ...readGuestInfo(info), since }
    this.limitFrameRate(gfid, limited)
  }

  /** Sets or removes the frame-rate limit of a guest with a loaded driver. */
  limitFrameRate(gfid: number, limited: boolean): void {
    const plugin = this.#held.state.plugins[gfid]
    if (plugin?.guest) plugin.guest.frameRateLimit = limited ? this.#frameRateLimit(plugin.vgpuType) : 0
  }

  /** Frame-rate limit of the type's guests, Hz; 0 while the limiter is off. */
  #frameRateLimit(vgpuType: number): number {
    const record = typeRecord(this.#held, vgpuType)
    if (record === null || !limiterActive(fromPvmrl(this.#held.state.scheduler))) return 0
    return NVA081_CTRL_VGPU_INFO.get(record, 'frlEnable') ? NVA081_CTRL_VGPU_INFO.get(record, 'frlConfig') : 0
  }

  /** Clears the heap of an ended task. */
  clearHeap({ heap }: PluginState): void {
    this.#fb.scrub(heap.addr, heap.size)
  }

  /** A channel error stops the task that owns the channel, until its reset. */
  channelFailed(channel: number): void {
    for (const plugin of Object.values(this.#held.state.plugins)) {
      const first = firstChannel(plugin)
      if (channel < first || channel >= first + plugin.numChannels || plugin.state !== 'running') continue
      plugin.state = 'failed'
      plugin.busMaster = false
    }
  }

  #task(plugin: PluginState): PluginTask {
    const known = this.#woken.get(plugin.gfid)
    if (known?.isOf(plugin)) return known
    const task = new PluginTask(plugin, this.#fb, (vgpu) => typeStatus(this.#held, vgpu) === NV_OK)
    this.#woken.set(plugin.gfid, task)
    return task
  }

  #injected(message: number): number | 'drop' | null {
    const effect = this.#faults.at(() => `rpc.${message}`)
    if (effect === null) return null
    return effect === 'drop' ? 'drop' : Number(effect) || 1
  }
}
