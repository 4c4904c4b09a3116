import type { VfView } from '../contract/views/gpu.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { View } from './answer.ts'
import { drawSheet } from './sheet.ts'
import { formatSize } from './size.ts'

/** Virtual functions. */
export const VFS: View<VfView> = {
  kind: 'vfs',
  name: (vf) => vf.bdf,
  sentence: (vf) => `VF ${vf.bdf} ${vf.driver === null ? 'is not bound to a driver' : `bound to ${vf.driver}`}`,
  columns: [
    { head: 'VF', text: (vf) => vf.bdf },
    { head: 'GPU', text: (vf) => String(vf.gpu), right: true },
    { head: 'INDEX', text: (vf) => String(vf.index), right: true },
    { head: 'GFID', text: (vf) => String(vf.gfid), right: true },
    {
      head: 'DRIVER',
      text: (vf) => vf.driver ?? '-',
      mood: (vf) => (vf.driver === null ? 'warn' : undefined),
      shrink: 1,
    },
    { head: 'TYPE', text: (vf) => shortTypeName(vf.vgpuType?.name ?? '-') },
    { head: 'VGPU', text: (vf) => vf.vgpu ?? '-', short: (vf) => vf.vgpu?.slice(0, 8) ?? '-' },
    { head: 'OPENED BY', text: (vf) => openedBy(vf), wide: true },
    { head: 'DEVICE', text: (vf) => `${vf.pci.vendorId}:${vf.pci.deviceId}`, wide: true },
    { head: 'BUS MASTER', text: (vf) => (vf.busMaster ? 'on' : 'off'), wide: true },
  ],
  fields: [
    'gpu',
    'index',
    'bdf',
    'gfid',
    'driver',
    'vgpuType.id',
    'vgpuType.name',
    'vgpu',
    'opened.vm',
    'opened.pid',
    'unbound',
    'pci.vendorId',
    'pci.deviceId',
    'pci.class',
    'busMaster',
  ],
}

/** Everything about each VF. */
export function vfSheet(vfs: readonly VfView[]): string {
  return vfs
    .map((vf) =>
      drawSheet([
        {
          rows: [
            ['VF', vf.bdf],
            ['GPU', vf.gpu],
            ['Index', vf.index],
            ['GFID', vf.gfid],
            ['Driver', vf.unbound ? `${vf.driver ?? '-'} (torn down)` : vf.driver],
            ['vGPU type', vf.vgpuType === null ? null : `${shortTypeName(vf.vgpuType.name)} (${vf.vgpuType.id})`],
            ['vGPU', vf.vgpu],
            ['Opened by', openedBy(vf)],
            ['PCI id', `${vf.pci.vendorId}:${vf.pci.deviceId} class ${vf.pci.class}`],
            ['Bus master', vf.busMaster],
          ],
        },
        {
          title: 'BARs',
          rows: vf.bars.map((bar) => [
            `BAR${bar.index}`,
            `${formatSize(bar.size)} at ${bar.addr} (${bar.bits}-bit${bar.prefetchable ? ', prefetchable' : ''})`,
          ]),
        },
      ]),
    )
    .join('\n')
}

function openedBy(vf: VfView): string {
  return vf.opened === null ? '-' : `${vf.opened.vm} (pid ${vf.opened.pid})`
}
