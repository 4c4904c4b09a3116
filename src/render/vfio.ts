import type {
  VfioAccessView,
  VfioConfigView,
  VfioInfoView,
  VfioMappingView,
  VfioRegionView,
} from '../contract/views/vfio.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { View } from './answer.ts'
import { drawSheet } from './sheet.ts'
import { formatSize } from './size.ts'

/** VFIO devices of VFs. */
export const VFIO_DEVICES: View<VfioInfoView> = {
  kind: 'vfioDevices',
  name: (device) => device.vf,
  sentence: (device) =>
    device.state === 'open'
      ? `VFIO device of ${device.vf} open by ${device.vm} (pid ${device.pid})`
      : `VFIO device of ${device.vf} closed`,
  columns: [
    { head: 'VF', text: (device) => device.vf },
    { head: 'DRIVER', text: (device) => device.driver ?? '-' },
    { head: 'GROUP', text: (device) => String(device.iommuGroup), right: true },
    { head: 'STATE', text: (device) => device.state, mood: (device) => (device.state === 'open' ? 'good' : undefined) },
    { head: 'VM', text: (device) => device.vm ?? '-', shrink: 1 },
    { head: 'PID', text: (device) => (device.pid === null ? '-' : String(device.pid)), right: true },
    { head: 'TYPE', text: (device) => shortTypeName(device.vgpuType?.name ?? '-') },
    { head: 'VGPU', text: (device) => device.vgpu ?? '-', short: (device) => device.vgpu?.slice(0, 8) ?? '-' },
    { head: 'GUEST OS', text: (device) => device.guestOs ?? '-', wide: true },
    { head: 'POLICY', text: (device) => device.policy ?? '-', wide: true },
    { head: 'MIGRATION', text: (device) => device.migration, wide: true },
  ],
  fields: [
    'gpu',
    'vf',
    'index',
    'driver',
    'unbound',
    'iommuGroup',
    'state',
    'vm',
    'pid',
    'guestOs',
    'policy',
    'vgpu',
    'vgpuType.id',
    'vgpuType.name',
    'numRegions',
    'migration',
    'bar0Mapped',
    'enabled',
    'busMaster',
    'pluginBusMaster',
    'disconnected',
  ],
}

/** Everything about each device. */
export function vfioSheet(devices: readonly VfioInfoView[]): string {
  return devices
    .map((device) =>
      drawSheet([
        {
          rows: [
            ['VF', device.vf],
            ['Driver', device.unbound ? `${device.driver ?? '-'} (torn down)` : device.driver],
            ['IOMMU group', device.iommuGroup],
            ['State', device.disconnected ? `${device.state}, given up after a reset` : device.state],
            ['Opened by', device.vm === null ? null : `${device.vm} (pid ${device.pid})`],
            ['Guest OS', device.guestOs],
            ['Removal request', device.policy],
            ['vGPU', device.vgpu],
            [
              'vGPU type',
              device.vgpuType === null ? null : `${shortTypeName(device.vgpuType.name)} (${device.vgpuType.id})`,
            ],
            ['Migration state', device.migration],
          ],
        },
        {
          title: 'Device',
          rows: [
            ['Flags', device.flags.join(', ')],
            ['Regions', device.numRegions],
            ['Enabled', device.enabled],
            ['Bus master', device.busMaster],
            ['In the plugin', device.pluginBusMaster],
            ['BAR0 mapped', device.bar0Mapped],
          ],
        },
        {
          title: 'Interrupts',
          rows: device.irqs.map((irq) => [irq.name, `${irq.count} (${irq.flags.join(', ')})`]),
        },
      ]),
    )
    .join('\n')
}

/** Regions of a device. */
export const VFIO_REGIONS: View<VfioRegionView> = {
  kind: 'vfioRegions',
  name: (region) => String(region.index),
  columns: [
    { head: 'INDEX', text: (region) => String(region.index), right: true },
    { head: 'REGION', text: (region) => region.name },
    { head: 'SIZE', text: (region) => formatSize(region.size), right: true },
    { head: 'FLAGS', text: (region) => (region.flags === null ? 'unchanged' : region.flags.join(',') || '-') },
    { head: 'MMAP UP TO', text: (region) => (region.mappable === 0 ? '-' : formatSize(region.mappable)), right: true },
    { head: 'OFFSET', text: (region) => region.offset },
  ],
  fields: ['vf', 'index', 'name', 'offset', ['size', 'B'], 'flags', ['mappable', 'B']],
}

/** The configuration space of the guest. */
export const VFIO_CONFIG: View<VfioConfigView> = {
  kind: 'vfioConfigs',
  name: (config) => config.bytes,
  columns: [
    { head: 'VF', text: (config) => config.vf },
    { head: 'BYTES', text: (config) => config.bytes },
  ],
  fields: ['vf', 'offset', 'name', 'value'],
  records: (config) => config.registers.map((register) => ({ vf: config.vf, ...register })),
}

/** Register by register. */
export function configSheet(configs: readonly VfioConfigView[]): string {
  return configs
    .map(({ vf, registers }) =>
      drawSheet([
        { rows: [['VF', vf]] },
        { title: 'Registers', rows: registers.map(({ offset, name, value }) => [`${offset} ${name}`, value]) },
      ]),
    )
    .join('\n')
}

/** In the form of lspci -xxx, for its readers. */
export function configDump(configs: readonly VfioConfigView[]): string {
  return configs
    .map(({ vf, bytes }) => {
      const lines = Array.from({ length: bytes.length / 32 }, (_, row) => {
        const pairs = bytes.slice(32 * row, 32 * row + 32).match(/../g) ?? []
        return `${(16 * row).toString(16).padStart(2, '0')}: ${pairs.join(' ')}`
      })
      return `${vf}\n${lines.join('\n')}\n`
    })
    .join('\n')
}

/** A value that was read. */
export const VFIO_READS: View<VfioAccessView> = {
  kind: 'vfioAccesses',
  name: (access) => access.hex,
  sentence: (access) => access.hex,
  columns: [
    { head: 'VF', text: (access) => access.vf },
    { head: 'REGION', text: (access) => access.name },
    { head: 'OFFSET', text: (access) => access.offset, right: true },
    { head: 'SIZE', text: (access) => String(access.size), right: true },
    { head: 'VALUE', text: (access) => access.hex, right: true },
  ],
  fields: ['vf', 'region', 'name', 'offset', ['size', 'B'], 'value', 'hex'],
}

/** A written value, and the value that the place reads afterwards. */
export const VFIO_WRITES: typeof VFIO_READS = {
  ...VFIO_READS,
  sentence: (access) => `${access.name} ${access.offset} of ${access.vf} reads ${access.hex}`,
}

/** The answer of mmap. */
export const VFIO_MAPPINGS: View<VfioMappingView> = {
  kind: 'vfioMappings',
  name: (mapping) => mapping.address,
  columns: [
    { head: 'VF', text: (mapping) => mapping.vf },
    { head: 'REGION', text: (mapping) => String(mapping.region), right: true },
    { head: 'OFFSET', text: (mapping) => mapping.offset, right: true },
    { head: 'LENGTH', text: (mapping) => formatSize(mapping.length), right: true },
    { head: 'ADDRESS', text: (mapping) => mapping.address },
    { head: 'CACHED', text: (mapping) => (mapping.cached ? 'yes' : 'no') },
  ],
  fields: ['vf', 'region', 'offset', ['length', 'B'], 'address', 'cached'],
}
