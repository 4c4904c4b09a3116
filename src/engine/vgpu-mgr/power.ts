import { NvError } from '../../errors/nv-error.ts'
import type { VgpuMgrWiring } from './wiring.ts'

type PowerWiring = Pick<VgpuMgrWiring, 'gpu' | 'klog' | 'runs'>

/**
 * Power management: on suspend the manager comes before the core driver. The series has no code for it.
 * @throws NvError EBUSY while a VM runs on one of its vGPUs
 */
export function suspendMgr({ gpu, klog, runs }: PowerWiring): void {
  if (!gpu.mgr) return
  for (const vgpu of Object.values(gpu.mgr.vgpus)) {
    const vf = runs(vgpu.id)
    if (vf === null) continue
    throw new NvError({
      errno: 'EBUSY',
      code: 'busy',
      at: 'nvidia_vgpu_mgr_suspend',
      message: `vGPU ${vgpu.uuid} on ${vf} runs`,
      hint: `nvgpu vgpu suspend ${vgpu.uuid}`,
      object: vf,
    })
  }
  gpu.mgr.suspended = true
  klog.info(`${gpu.bdf}: the vGPU manager is suspended`)
}

/** Power management: on resume the manager comes after the core driver. */
export function resumeMgr({ gpu, klog }: PowerWiring): void {
  if (!gpu.mgr?.suspended) return
  gpu.mgr.suspended = false
  klog.info(`${gpu.bdf}: the vGPU manager is back`)
}
