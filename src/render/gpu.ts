import type { GpuView } from '../contract/views/gpu.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { Page, View } from './answer.ts'
import { drawSheet, type Section } from './sheet.ts'
import { formatSize } from './size.ts'
import { drawTable } from './table.ts'

/** Physical GPUs. */
export const GPUS: View<GpuView> = {
  kind: 'gpus',
  name: (gpu) => gpu.bdf,
  sentence: (gpu) =>
    `GPU ${gpu.index} (${gpu.bdf}) ${gpu.driver.name === null ? 'without driver' : `on ${gpu.driver.name}`}, GSP ${gpu.gsp.state}`,
  columns: [
    { head: 'GPU', text: (gpu) => String(gpu.index), right: true },
    { head: 'ADDRESS', text: (gpu) => gpu.bdf },
    { head: 'NAME', text: (gpu) => gpu.name, shrink: 0 },
    {
      head: 'VFS',
      text: (gpu) => (gpu.sriov === null ? '-' : `${gpu.sriov.numVfs}/${gpu.sriov.totalVfs}`),
      right: true,
    },
    { head: 'TYPE', text: (gpu) => shortTypeName(gpu.vgpuType?.name ?? '-') },
    { head: 'VGPUS', text: (gpu) => `${gpu.vgpus.running}/${gpu.vgpus.configured}`, right: true },
    { head: 'USED MIB', text: (gpu) => String(gpu.framebuffer.usedMiB), right: true, spare: 1 },
    { head: 'FREE MIB', text: (gpu) => String(gpu.framebuffer.freeMiB), right: true },
    {
      head: 'VGPU SUPPORT',
      spare: 0,
      text: (gpu) => (gpu.vgpuSupport.enabled ? 'enabled' : 'off'),
      mood: (gpu) => (gpu.vgpuSupport.enabled ? 'good' : 'dim'),
    },
    { head: 'ECC', text: (gpu) => gpu.eccMode, wide: true },
    { head: 'MIG', text: migText, wide: true },
    { head: 'MODE', text: (gpu) => gpu.vgpuMode.current, wide: true },
    { head: 'SCHEDULER', text: (gpu) => gpu.scheduler.policy, wide: true },
    { head: 'GSP', text: (gpu) => gpu.gsp.state, wide: true },
    {
      head: 'CHANNELS',
      text: (gpu) => `${gpu.channels.vgpu.used}/${gpu.channels.vgpu.size}`,
      right: true,
      wide: true,
    },
    { head: 'UUID', text: (gpu) => gpu.uuid, wide: true },
  ],
  fields: [
    'index',
    'bdf',
    'uuid',
    'board',
    'name',
    'architecture',
    'chip',
    'pci.vendorId',
    'pci.deviceId',
    'pci.subsystemVendorId',
    'pci.subsystemId',
    'pci.class',
    'driver.name',
    'driver.version',
    'driver.profile',
    'vgpuSupport.parameter',
    'vgpuSupport.supported',
    'vgpuSupport.enabled',
    'vgpuSupport.reason',
    'sriov.totalVfs',
    'sriov.numVfs',
    'sriov.firstVfOffset',
    'sriov.vfStride',
    'sriov.autoprobe',
    'eccMode',
    'eccPending',
    'mig.current',
    'mig.pending',
    'mig.gpuInstances',
    'mig.computeInstances',
    'vgpuMode.current',
    'vgpuMode.heterogeneousSupported',
    'scheduler.policy',
    'scheduler.supported',
    'scheduler.arr',
    'scheduler.averaging',
    ['scheduler.frequencyHz', 'Hz'],
    ['scheduler.timeSliceNs', 'ns'],
    ['framebuffer.totalMiB', 'MiB'],
    ['framebuffer.usableMiB', 'MiB'],
    ['framebuffer.usedMiB', 'MiB'],
    ['framebuffer.freeMiB', 'MiB'],
    ['framebuffer.largestFreeMiB', 'MiB'],
    'gsp.state',
    'gsp.firmware',
    ['gsp.heapSize', 'B'],
    'gsp.vfPartitionCount',
    'gsp.uploadedTypes',
    ['vmmuSegmentSize', 'B'],
    'engines',
    'channels.total',
    'channels.host.size',
    'channels.host.used',
    'channels.vgpu.first',
    'channels.vgpu.size',
    'channels.vgpu.used',
    ['bar1.size', 'B'],
    ['bar1.used', 'B'],
    'manager.attached',
    'manager.refs',
    'manager.client',
    'vgpuType.id',
    'vgpuType.name',
    'vgpus.configured',
    'vgpus.running',
    'modelled',
    'given',
  ],
}

/** Everything about each GPU; on a terminal the framebuffer layout is a box. */
export async function gpuSheet(gpus: readonly GpuView[], page: Page): Promise<string> {
  const drawn: string[] = []
  for (const gpu of gpus) drawn.push(`${facts(gpu)}\n${await layout(gpu, page)}`)
  return drawn.join('\n')
}

function facts(gpu: GpuView): string {
  const { pci, driver, gsp, vgpuSupport } = gpu
  return drawSheet([
    {
      rows: [
        ['GPU', `${gpu.index} (${gpu.bdf})`],
        ['Name', gpu.name],
        ['UUID', gpu.uuid],
        ['Architecture', `${gpu.architecture} (${gpu.chip})`],
        [
          'PCI id',
          `${pci.vendorId}:${pci.deviceId}, board ${pci.subsystemVendorId}:${pci.subsystemId}, class ${pci.class}`,
        ],
        ['Driver', driver.name === null ? null : `${driver.name} ${driver.version} (profile ${driver.profile})`],
        ...(gpu.mig.current === 'N/A' ? [] : [['MIG', migText(gpu)] as const]),
        ['ECC', gpu.eccPending === null ? gpu.eccMode : `${gpu.eccMode}, ${gpu.eccPending} after the next reset`],
      ],
    },
    {
      title: 'vGPU',
      rows: [
        [
          'Support',
          vgpuSupport.enabled ? 'enabled' : `off${vgpuSupport.reason === null ? '' : `: ${vgpuSupport.reason}`}`,
        ],
        [
          'Manager',
          gpu.manager.attached ? `client ${gpu.manager.client}, ${gpu.manager.refs} VFs bound` : 'not attached',
        ],
        ['Type in use', gpu.vgpuType === null ? null : `${shortTypeName(gpu.vgpuType.name)} (${gpu.vgpuType.id})`],
        ['vGPUs', `${gpu.vgpus.configured} configured, ${gpu.vgpus.running} running`],
        ['Mode', gpu.vgpuMode.heterogeneousSupported ? gpu.vgpuMode.current : 'homogeneous only'],
        ['Scheduler', schedulerText(gpu.scheduler)],
      ],
    },
    {
      title: 'SR-IOV',
      rows:
        gpu.sriov === null
          ? []
          : [
              ['VFs', `${gpu.sriov.numVfs} of ${gpu.sriov.totalVfs}`],
              ['First VF offset', gpu.sriov.firstVfOffset],
              ['VF stride', gpu.sriov.vfStride],
              ['Drivers autoprobe', gpu.sriov.autoprobe],
            ],
    },
    {
      title: 'GSP',
      rows: [
        ['State', gsp.state],
        ['Firmware', gsp.firmware],
        ['Heap', `${formatSize(gsp.heapSize)} for ${gsp.vfPartitionCount} VF partitions`],
        ['Uploaded types', gsp.uploadedTypes],
      ],
    },
    resources(gpu),
  ])
}

/** "Enabled, 2 GPU instances, Disabled after the next reset". */
function migText({ mig }: GpuView): string {
  const { current, pending, gpuInstances } = mig
  const instances = gpuInstances === 0 ? '' : `, ${gpuInstances} GPU instance${gpuInstances === 1 ? '' : 's'}`
  return `${current}${instances}${pending === null ? '' : `, ${pending} after the next reset`}`
}

function resources({ channels, framebuffer, ...gpu }: GpuView): Section {
  return {
    title: 'Resources',
    rows: [
      ['Channels', `${channels.total}, of them ${channels.host.size} for the host (${channels.host.used} used)`],
      ['vGPU channels', `${channels.vgpu.size} from ${channels.vgpu.first} (${channels.vgpu.used} used)`],
      ['BARs', gpu.bars.map((bar) => `${bar.index}: ${formatSize(bar.size)} at ${bar.addr}`).join(', ')],
      ['BAR1', `${formatSize(gpu.bar1.used)} of ${formatSize(gpu.bar1.size)} used`],
      ['VMMU segment', formatSize(gpu.vmmuSegmentSize)],
      ['Engines', gpu.engines.join(' ')],
      ['Modelled', gpu.modelled.join(' ')],
      ...(gpu.given.length === 0 ? [] : [['Given', gpu.given.join(' ')] as const]),
      ['Framebuffer', `${framebuffer.totalMiB} MiB, ${framebuffer.usableMiB} MiB usable`],
      [
        'Used / free',
        `${framebuffer.usedMiB} / ${framebuffer.freeMiB} MiB, largest gap ${framebuffer.largestFreeMiB} MiB`,
      ],
    ],
  }
}

function schedulerText({ policy, arr, averaging, frequencyHz, timeSliceNs }: GpuView['scheduler']): string {
  if (timeSliceNs === null) return policy
  const slice = `time slice ${timeSliceNs} ns`
  return arr ? `${policy}, ARR at ${frequencyHz} Hz averaging ${averaging}, ${slice}` : `${policy}, ${slice}`
}

async function layout(gpu: GpuView, page: Page): Promise<string> {
  if (gpu.layout.length === 0) return ''
  if (page.width !== undefined) {
    const { drawBox } = await import('./box.ts')
    const rows = gpu.layout.map((region) => [region.name, region.addr, formatSize(region.size)])
    return drawBox(['Framebuffer', 'Address', 'Size'], rows)
  }
  const columns = [
    { head: 'FRAMEBUFFER', text: (region: GpuView['layout'][number]) => region.name },
    { head: 'ADDRESS', text: (region: GpuView['layout'][number]) => region.addr, right: true as const },
    { head: 'SIZE', text: (region: GpuView['layout'][number]) => formatSize(region.size), right: true as const },
  ]
  return drawTable(columns, gpu.layout, { width: undefined, wide: false, header: page.header })
}
