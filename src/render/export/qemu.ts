import type { VgpuView } from '../../contract/views/vgpu.ts'
import { shellQuote } from '../../errors/shell-quote.ts'

/** A line of QEMU's arguments for each vGPU, as shell words; ids are numbered across all lines. */
export function qemuArguments(vgpus: readonly VgpuView[], mediated: boolean): string {
  return vgpus
    .map((vgpu, index) => {
      const device = mediated ? `sysfsdev=/sys/bus/mdev/devices/${option(vgpu.uuid)}` : `host=${option(vgpu.vf)}`
      return `-device ${shellQuote(`vfio-pci,id=vgpu${index},${device}`)}\n`
    })
    .join('')
}

/** A value in a comma-separated list. */
function option(value: string): string {
  return value.replaceAll(',', ',,')
}
