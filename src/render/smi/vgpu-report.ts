import type { SmiGpuView, SmiVgpuView } from '../../engine/smi/view.ts'
import { mib, percent, sessionStats } from './q-facts.ts'
import { type Style, VGPU_LABEL } from './style.ts'
import { drawText, line, type Node } from './tree.ts'

/** `nvidia-smi vgpu -q`. Figures of the guest's driver are N/A until it has loaded. */
export function drawVgpuQuery(gpus: readonly SmiGpuView[], style: Style): string {
  return gpus
    .map((gpu) => {
      const count = line('    Active vGPUs', VGPU_LABEL, String(gpu.vgpus.length))
      const nodes = gpu.vgpus.map((vgpu) => leaf('vGPU ID', String(vgpu.vgpuId), details(vgpu, style)))
      return `GPU ${gpu.busId}\n${count}\n${drawText(nodes, VGPU_LABEL, 1)}`
    })
    .join('')
}

function details(vgpu: SmiVgpuView, style: Style): Node[] {
  const { memory, use, guestDriver } = vgpu
  const busy = (value: number) => (vgpu.gpuInstanceId === null ? percent(value) : 'N/A')
  const guest = (value: string) => (guestDriver === null ? 'N/A' : value)
  const { count, fps, latencyUs } = sessionStats([vgpu])
  const sessions = () => [
    leaf('Active Sessions', String(count)),
    leaf('Average FPS', String(fps)),
    leaf('Average Latency', String(latencyUs)),
  ]
  return [
    leaf('VM UUID', vgpu.vmUuid),
    leaf('VM Name', vgpu.vmName),
    leaf('vGPU Name', vgpu.name),
    leaf('vGPU Type', String(vgpu.typeId)),
    leaf('vGPU UUID', vgpu.uuid),
    ...(vgpu.mdevUuid === null ? [] : [leaf('MDEV UUID', vgpu.mdevUuid)]),
    leaf('Guest Driver Version', guest(guestDriver ?? '')),
    leaf('License Status', vgpu.license),
    leaf('GPU Instance ID', String(vgpu.gpuInstanceId ?? 'N/A')),
    leaf('Placement ID', vgpu.placementId === null ? 'N/A' : String(vgpu.placementId)),
    leaf('Accounting Mode', guest(vgpu.accounting ? 'Enabled' : 'Disabled')),
    leaf('ECC Mode', vgpu.eccMode),
    leaf('Accounting Buffer Size', '4000'),
    leaf('Frame Rate Limit', vgpu.frameRateLimit === null ? 'N/A' : `${vgpu.frameRateLimit} FPS`),
    leaf('PCI', null, [leaf('Bus Id', vgpu.guestBusId)]),
    leaf('FB Memory Usage', null, [
      leaf('Total', mib(memory.total)),
      leaf('Used', mib(memory.used)),
      leaf('Free', mib(memory.free)),
    ]),
    leaf('Utilization', null, [
      leaf(style.release >= 580 ? 'GPU' : 'Gpu', busy(use.gpu)),
      leaf('Memory', busy(use.memory)),
      leaf('Encoder', busy(use.encoder)),
      leaf('Decoder', busy(use.decoder)),
      leaf('JPEG', busy(use.jpeg)),
      leaf('OFA', busy(use.ofa)),
    ]),
    leaf('Encoder Stats', null, sessions()),
    leaf('FBC Stats', null, sessions()),
  ]
}

function leaf(label: string, value: string | null, children: readonly Node[] = []): Node {
  return { label, tag: null, value, children }
}
