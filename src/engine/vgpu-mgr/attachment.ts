import { NvError } from '../../errors/nv-error.ts'
import type { Bar0Map } from '../nvkm/ops.ts'
import type { MgrState } from '../state.ts'
import { takeInOrder } from '../unwind.ts'
import { leaveMixedSizes, setHeterogeneous } from './mixed-size.ts'
import { uploadTypes } from './type-upload.ts'
import { attachedMgr, type VgpuMgrWiring } from './wiring.ts'

/** The manager's hold on its PF: a reference for each bound VF, and the objects in core driver and firmware. */
export class Attachment {
  readonly #wiring: VgpuMgrWiring
  #bar0: Bar0Map | null = null

  constructor(wiring: VgpuMgrWiring) {
    this.#wiring = wiring
  }

  /**
   * nvidia_vgpu_mgr_get, on binding a VF: takes a reference; the first one creates the manager.
   * @throws NvError EINVAL (the PF's driver is not nvkm), ENODEV (support not enabled), or the error of a failed step
   */
  get(): void {
    const { gpu, ops, profile } = this.#wiring
    const at = 'nvidia_vgpu_mgr_get'
    if (gpu.nvkm.driver === null) {
      const message = `the driver of ${gpu.bdf} is not ${profile.pciDrivers.pf}`
      throw new NvError({ errno: 'EINVAL', code: 'no-device', at, message })
    }
    if (!ops.isEnabled())
      throw new NvError({
        errno: 'ENODEV',
        code: 'unsupported',
        at,
        message: `vGPU support of ${gpu.bdf} is not enabled`,
        hint: `nvgpu gpu show ${gpu.bdf}`,
      })
    if (gpu.mgr && ops.getHandle()) {
      gpu.mgr.refs += 1
      return
    }
    gpu.mgr = this.#create()
  }

  /** nvidia_vgpu_mgr_put: drops a reference. The last one releases everything, even with vGPU support disabled. */
  put(): void {
    const { gpu, ops, klog } = this.#wiring
    const mgr = attachedMgr(this.#wiring)
    if (!ops.isEnabled()) klog.warn(`${gpu.bdf}: vGPU support is disabled; the manager is released anyway`)
    mgr.refs -= 1
    if (mgr.refs > 0) return
    leaveMixedSizes(this.#wiring, mgr)
    this.letGo()
    gpu.mgr = null
  }

  /** Warm update: releases the manager's objects in firmware and core driver. Its record and its vGPUs stay. */
  letGo(): void {
    const { ops } = this.#wiring
    const mgr = attachedMgr(this.#wiring)
    this.#bar0 = null
    ops.freeGspClient({ handle: mgr.client })
    ops.detachHandle()
  }

  /** Warm update: attaches to the new core driver, like `get` for the first VF. @throws NvError like `get` */
  takeOver(): void {
    const mgr = attachedMgr(this.#wiring)
    const { client, types, eccEnabled, bar0Mapped } = this.#create()
    const { heterogeneous } = mgr
    Object.assign(mgr, { client, types, eccEnabled, bar0Mapped })
    if (heterogeneous) setHeterogeneous(this.#wiring, true)
  }

  /** The mapping of BAR0. */
  bar0(): Bar0Map {
    this.#bar0 ??= this.#wiring.ops.bar0Window()
    return this.#bar0
  }

  /** Creates the manager: attach, client, types, BAR0 (patches 19, 20, 21, 28). */
  #create(): MgrState {
    const { ops } = this.#wiring
    return takeInOrder((onError) => {
      ops.attachHandle()
      onError(() => ops.detachHandle())
      const client = ops.allocGspClient('vgpu-mgr')
      onError(() => ops.freeGspClient(client))
      const types = uploadTypes(this.#wiring, client.handle)
      this.#bar0 = ops.mapBar0()
      return {
        refs: 1,
        client: client.handle,
        bar0Mapped: true,
        eccEnabled: ops.eccEnabled(),
        heterogeneous: false,
        suspended: false,
        types,
        vgpus: {},
      }
    })
  }
}
