import type { VfView } from '../../contract/views/gpu.ts'
import { fieldsOf, type QueryField } from './field.ts'

const field = fieldsOf<VfView>()

/** Properties of a virtual function. */
export const VF_FIELDS: readonly QueryField<VfView>[] = [
  field('pci.bus_id,bus_id', 'Address.', (vf) => vf.bdf),
  field('index', 'Index on its GPU, from zero.', (vf) => vf.index),
  field('gpu.index', 'GPU it belongs to.', (vf) => vf.gpu),
  field('gfid', 'Guest function id.', (vf) => vf.gfid),
  field('driver', 'Driver that is bound.', (vf) => vf.driver),
  field('unbound', 'Whether the driver was torn down and waits to be unbound.', (vf) => yesNo(vf.unbound)),
  field('type.id,vgpu_type', 'Number of the type that is selected.', (vf) => vf.vgpuType?.id ?? null),
  field('type.name,type', 'Name of the type that is selected.', (vf) => vf.vgpuType?.name ?? null),
  field('vgpu.uuid,vgpu', 'vGPU on it.', (vf) => vf.vgpu),
  field('vm.name,vm', 'VM that has its device open.', (vf) => vf.opened?.vm ?? null),
  field('vm.pid,pid', 'Process of that VM.', (vf) => vf.opened?.pid ?? null),
  field('bus_master', 'Whether it may master the bus.', (vf) => yesNo(vf.busMaster)),
  field('pci.vendor_id', 'Vendor id.', (vf) => vf.pci.vendorId),
  field('pci.device_id', 'Device id.', (vf) => vf.pci.deviceId),
  field('pci.class', 'Class code.', (vf) => vf.pci.class),
  ...[0, 1, 3].flatMap((bar) => [
    field(`bar${bar}.address`, `Where BAR${bar} begins.`, (vf) => barOf(vf, bar)?.addr ?? null),
    field(`bar${bar}.size`, `Size of BAR${bar}.`, (vf) => mib(barOf(vf, bar)?.size), 'MiB'),
  ]),
]

function barOf(vf: VfView, index: number) {
  return vf.bars.find((bar) => bar.index === index)
}

function mib(bytes: number | undefined): number | null {
  return bytes === undefined ? null : bytes / 1_048_576
}

function yesNo(value: boolean): string {
  return value ? 'Yes' : 'No'
}
