import type { VgpuView } from '../../engine/view.ts'

/** A line of QEMU's arguments for each vGPU; ids count on within the whole. */
export function qemuArguments(vgpus: readonly VgpuView[], mediated: boolean): string {
  return vgpus
    .map((vgpu, index) => {
      const device = mediated ? `sysfsdev=/sys/bus/mdev/devices/${vgpu.uuid}` : `host=${vgpu.vf}`
      return `-device vfio-pci,id=vgpu${index},${device}\n`
    })
    .join('')
}
