import { grouped } from '../../abi/grouped.ts'
import type { PciFunctionView } from '../../contract/views/pci-function.ts'
import type { TypeView } from '../../contract/views/type.ts'
import type { VgpuView } from '../../contract/views/vgpu.ts'
import { libvirtAddress, partsOf } from './address.ts'
import { drawXml, type Element, element } from './xml.ts'

/** The host as libvirt's node device driver shows it. */
export interface NodeDevices {
  readonly all: readonly PciFunctionView[]
  /** The functions to print, with the mediated devices on them. */
  readonly chosen: readonly PciFunctionView[]
  /** Mediated devices, and the types that their parents offer; null if VFs are passed through themselves. */
  readonly mediated: { readonly vgpus: readonly VgpuView[]; readonly types: readonly TypeView[] } | null
}

export interface XmlFile {
  readonly name: string
  readonly text: string
}

/** `virsh nodedev-dumpxml` of each PCI function, and of each mediated device. */
export function nodeDevices({ all, chosen, mediated }: NodeDevices): XmlFile[] {
  const vfs = grouped(all, ({ physfn }) => physfn)
  const types = mediated && typesByGpu(mediated.types)
  const pci = chosen.map((at) =>
    file(pciName(at.bdf), pciDevice(at, vfs.get(at.bdf) ?? [], types && (types.get(at.gpu) ?? []))),
  )
  const parents = new Map(chosen.map((at) => [at.bdf, at]))
  const mdevs = (mediated?.vgpus ?? []).flatMap((vgpu) => {
    const parent = parents.get(vgpu.vf)
    return parent ? [file(mdevName(vgpu), mediatedDevice(vgpu, parent))] : []
  })
  return [...pci, ...mdevs]
}

function file(name: string, device: Element): XmlFile {
  return { name, text: drawXml(device) }
}

function pciDevice(at: PciFunctionView, vfs: readonly PciFunctionView[], types: readonly Offer[] | null): Element {
  const { domain, bus, slot, function: fn } = partsOf(at.bdf)
  return element('device', {}, [
    element('name', {}, pciName(at.bdf)),
    element('path', {}, `/sys/bus/pci/devices/${at.bdf}`),
    element('parent', {}, 'computer'),
    driver(at.driver),
    element('capability', { type: 'pci' }, [
      element('class', {}, at.class),
      element('domain', {}, String(domain)),
      element('bus', {}, String(bus)),
      element('slot', {}, String(slot)),
      element('function', {}, String(fn)),
      element('product', { id: at.deviceId }, at.name.replace(/^NVIDIA /, '')),
      element('vendor', { id: at.vendorId }, 'NVIDIA Corporation'),
      at.physfn === null
        ? virtualFunctions(at, vfs)
        : element('capability', { type: 'phys_function' }, [element('address', libvirtAddress(at.physfn))]),
      types === null || at.physfn === null || at.driver === null ? null : mdevTypes(at, types),
      element('iommuGroup', { number: at.iommuGroup }, [element('address', libvirtAddress(at.bdf))]),
    ]),
  ])
}

function virtualFunctions(at: PciFunctionView, vfs: readonly PciFunctionView[]): Element | null {
  if (at.totalVfs === null) return null
  return element(
    'capability',
    { type: 'virt_functions', maxCount: at.totalVfs },
    vfs.map(({ bdf }) => element('address', libvirtAddress(bdf))),
  )
}

/** A type on a GPU, and how many more vGPUs of it fit there. */
interface Offer {
  readonly type: TypeView
  readonly creatable: number
}

function typesByGpu(types: readonly TypeView[]): Map<number, Offer[]> {
  const offers = types.flatMap((type) => type.gpus.map(({ gpu, creatable }) => ({ gpu, type, creatable })))
  return grouped(offers, ({ gpu }) => gpu)
}

function mdevTypes(at: PciFunctionView, offers: readonly Offer[]): Element | null {
  if (offers.length === 0) return null
  return element(
    'capability',
    { type: 'mdev_types' },
    offers.map(({ type, creatable }) =>
      element('type', { id: `nvidia-${type.id}` }, [
        element('name', {}, type.name),
        element('deviceAPI', {}, 'vfio-pci'),
        // A VF carries one vGPU.
        element('availableInstances', {}, String(at.taken ? 0 : Math.min(1, creatable))),
      ]),
    ),
  )
}

function mediatedDevice(vgpu: VgpuView, parent: PciFunctionView): Element {
  return element('device', {}, [
    element('name', {}, mdevName(vgpu)),
    element('path', {}, `/sys/bus/pci/devices/${vgpu.vf}/${vgpu.uuid}`),
    element('parent', {}, pciName(vgpu.vf)),
    driver('vfio_mdev'),
    element('capability', { type: 'mdev' }, [
      element('type', { id: `nvidia-${vgpu.vgpuType.id}` }),
      element('uuid', {}, vgpu.uuid),
      element('parent_addr', {}, vgpu.vf),
      element('iommuGroup', { number: parent.iommuGroup }),
    ]),
  ])
}

function driver(name: string | null): Element | null {
  return name === null ? null : element('driver', {}, [element('name', {}, name)])
}

function pciName(bdf: string): string {
  return `pci_${bdf.replace(/[:.]/g, '_')}`
}

function mdevName({ uuid, vf }: VgpuView): string {
  return `mdev_${uuid.replaceAll('-', '_')}_${vf.replace(/[:.]/g, '_')}`
}
