import type { GpuView } from '../../contract/views/gpu.ts'
import type { TypeView } from '../../contract/views/type.ts'
import type { VgpuView } from '../../contract/views/vgpu.ts'

/** The part of a host that an OpenStack compute node needs. */
export interface NovaHost {
  readonly gpus: readonly GpuView[]
  readonly vgpus: readonly VgpuView[]
  readonly types: readonly TypeView[]
}

/** First release of Nova whose aliases may have a resource class; 26 refuses the member. */
const CLASSES_IN_ALIASES = 27

/**
 * nova.conf for VFs that are passed through themselves: [pci] with a device_spec for each VF that carries a vGPU,
 * marked as not managed by libvirt, and an alias for each type, for flavors. In older releases an alias can only name
 * the ids of the device, so there is one for each kind of board.
 */
export function novaPci({ gpus, vgpus }: NovaHost, release: number): string {
  const specs = vgpus.map((vgpu) => {
    const { vendorId, deviceId } = gpus[vgpu.gpu]?.pci ?? { vendorId: '', deviceId: '' }
    const spec = { vendor_id: bare(vendorId), product_id: bare(deviceId), address: vgpu.vf, managed: 'no' }
    return `device_spec = ${JSON.stringify({ ...spec, resource_class: resourceClass(vgpu) })}\n`
  })
  const aliases =
    release < CLASSES_IN_ALIASES
      ? unique(vgpus.map(({ gpu }) => gpus[gpu]?.pci.deviceId ?? '')).map((deviceId) => aliasOfIds(bare(deviceId)))
      : unique(vgpus.map(resourceClass)).map(aliasOfClass)
  const lines = aliases.map((alias) => `alias = ${JSON.stringify(alias)}\n`)
  return `[pci]\nreport_in_placement = true\n${specs.join('')}${lines.join('')}`
}

function aliasOfClass(resource: string) {
  const name = resource.replace(/^CUSTOM_/, '').toLowerCase()
  return { name, device_type: 'type-VF', resource_class: resource }
}

function aliasOfIds(productId: string) {
  return { name: `vgpu_${productId}`, device_type: 'type-VF', vendor_id: '10de', product_id: productId }
}

/**
 * nova.conf for mediated devices: [devices] with the types in use, and for each type a section with its addresses and
 * its maximum on a board.
 */
export function novaDevices({ vgpus, types }: NovaHost): string {
  const ids = unique(vgpus.map(({ vgpuType }) => vgpuType.id))
  const sections = ids.map((id) => {
    const own = vgpus.filter(({ vgpuType }) => vgpuType.id === id)
    const type = types.find((known) => known.id === id)
    return [
      '',
      `[mdev_nvidia-${id}]`,
      `# ${onALine(type?.name ?? own[0]?.vgpuType.name ?? '')}`,
      `device_addresses = ${own.map(({ vf }) => vf).join(',')}`,
      `max_instances = ${type?.maxInstance ?? own.length}`,
      'mdev_class = VGPU',
      '',
    ].join('\n')
  })
  return `[devices]\nenabled_mdev_types = ${ids.map((id) => `nvidia-${id}`).join(', ')}\n${sections.join('')}`
}

/** A resource class of placement: CUSTOM_ and the valid characters of the name. */
function resourceClass({ vgpuType }: VgpuView): string {
  return `CUSTOM_${vgpuType.name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`
}

function bare(id: string): string {
  return id.replace(/^0x/, '')
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)]
}

/** A name in a comment, on one line. */
function onALine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '\ufffd')
}
