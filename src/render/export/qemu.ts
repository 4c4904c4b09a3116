import type { VgpuView } from '../../engine/view.ts'
import { shellQuote } from '../../errors/shell-quote.ts'

/** A line of QEMU's arguments for each vGPU, as shell words; ids count on within the whole. */
export function qemuArguments(vgpus: readonly VgpuView[], mediated: boolean): string {
  return vgpus
    .map((vgpu, index) => {
      const device = mediated ? `sysfsdev=/sys/bus/mdev/devices/${option(vgpu.uuid)}` : `host=${option(vgpu.vf)}`
      return `-device ${shellQuote(`vfio-pci,id=vgpu${index},${device}`)}\n`
    })
    .join('')
}

/** A value among others that commas part. */
function option(value: string): string {
  return value.replaceAll(',', ',,')
}
