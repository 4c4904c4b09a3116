import type { VgpuView } from '../../contract/views/vgpu.ts'
import { libvirtAddress } from './address.ts'
import type { XmlFile } from './nodedev.ts'
import { drawXml, element } from './xml.ts'

/**
 * The <hostdev> of a libvirt domain for each vGPU, for `virsh attach-device`: its VF, whose driver libvirt must not
 * change (managed='no'), or the mediated device.
 */
export function hostdevs(vgpus: readonly VgpuView[], mediated: boolean): XmlFile[] {
  return vgpus.map((vgpu) => ({
    name: `hostdev-${vgpu.uuid}`,
    text: drawXml(mediated ? mdevHostdev(vgpu) : pciHostdev(vgpu)),
  }))
}

function pciHostdev({ vf }: VgpuView) {
  return element('hostdev', { mode: 'subsystem', type: 'pci', managed: 'no' }, [
    element('source', {}, [element('address', libvirtAddress(vf))]),
  ])
}

function mdevHostdev({ uuid }: VgpuView) {
  return element('hostdev', { mode: 'subsystem', type: 'mdev', managed: 'no', model: 'vfio-pci' }, [
    element('source', {}, [element('address', { uuid })]),
  ])
}
