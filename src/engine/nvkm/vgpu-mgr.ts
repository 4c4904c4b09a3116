import { MiB } from '../../abi/align.ts'
import { NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE } from '../../abi/ctrl2080.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Faults } from '../faults.ts'
import type { Klog } from '../klog.ts'
import type { NvkmState } from '../state.ts'
import { takeInOrder } from '../unwind.ts'

/** Valid answers from GSP: NV2080_CTRL_GPU_VMMU_SEGMENT_SIZE_*. */
const SEGMENT_SIZES: readonly number[] = [32 * MiB, 64 * MiB, 128 * MiB, 256 * MiB, 512 * MiB]
const CLIENT = 'vgpu'

/** nvkm's vGPU support of one PF (nvkm/vgpu_mgr/vgpu_mgr.c, patches 1, 2 and 8). */
export class NvkmVgpuMgr {
  readonly #state: NvkmState
  readonly #klog: Klog
  readonly #faults: Faults
  readonly #control: (cmd: number, params: Uint8Array) => Uint8Array

  /** @param control a control on the GSP-internal subdevice */
  constructor(state: NvkmState, klog: Klog, faults: Faults, control: (cmd: number, params: Uint8Array) => Uint8Array) {
    this.#state = state
    this.#klog = klog
    this.#faults = faults
    this.#control = control
  }

  /** @throws NvError ENODEV when unsupported, or the error of attach or of the segment query; nothing stays attached */
  init(unsupported: string | null): void {
    if (unsupported !== null) {
      throw new NvError({
        errno: 'ENODEV',
        code: 'unsupported',
        at: 'nvkm_vgpu_mgr_init',
        message: `vGPU is not supported: ${unsupported}`,
      })
    }
    takeInOrder((onError) => {
      this.#attach()
      onError(() => this.#detach())
      this.#getVmmuSegmentSize()
    })
    this.#state.enabled = true
    this.#klog.info('NVIDIA vGPU mananger support is enabled.')
  }

  fini(): void {
    this.#detach()
    this.#state.enabled = false
  }

  /** Patch 2: the driver's client, then the client's device. */
  #attach(): void {
    const at = 'nvkm_vgpu_mgr attach_nvkm'
    takeInOrder((onError) => {
      this.#faults.check('nvkm.client', at)
      this.#state.clients.push(CLIENT)
      onError(() => this.#deleteClient())
      this.#faults.check('nvkm.device', at)
      this.#state.devices.push(CLIENT)
    })
  }

  /** The device first, then the client. Idempotent. */
  #detach(): void {
    this.#state.devices = this.#state.devices.filter((name) => name !== CLIENT)
    this.#deleteClient()
  }

  #deleteClient(): void {
    this.#state.clients = this.#state.clients.filter((name) => name !== CLIENT)
  }

  #getVmmuSegmentSize(): void {
    const reply = this.#control(
      NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE.cmd,
      NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE.params.encode({}),
    )
    const size = NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE.params.get(reply, 'vmmuSegmentSize')
    if (!SEGMENT_SIZES.includes(size)) {
      throw new NvError({
        errno: 'EINVAL',
        code: 'firmware-refusal',
        at: 'get_vmmu_segment_size',
        message: `GSP answered a VMMU segment size of ${size} bytes`,
      })
    }
    this.#state.vmmuSegmentSize = size
  }
}
