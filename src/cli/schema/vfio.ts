import type {
  SysfsEntryView,
  VfioAccessView,
  VfioConfigView,
  VfioInfoView,
  VfioMappingView,
  VfioRegionView,
} from '../../engine/view.ts'
import type { RunCheckView } from '../../render/run.ts'
import type { SysfsTreeView, SysfsWriteView } from '../../render/sysfs.ts'
import { bdf, count, flag, hex, list, nullable, number, object, oneOf, pattern, text, uuid } from './build.ts'
import { typeRef } from './common.ts'

export const device = object<VfioInfoView>({
  gpu: count,
  vf: bdf,
  index: count,
  driver: nullable(text),
  unbound: flag,
  iommuGroup: count,
  state: oneOf('closed', 'open'),
  vm: nullable(text),
  pid: nullable(count),
  guestOs: nullable(text),
  policy: nullable(oneOf('closes', 'ignores')),
  vgpu: nullable(uuid),
  vgpuType: nullable(typeRef),
  flags: list(text),
  numRegions: count,
  irqs: list(object<VfioInfoView['irqs'][number]>({ index: count, name: text, count, flags: list(text) })),
  migration: text,
  bar0Mapped: flag,
  enabled: flag,
  busMaster: flag,
  pluginBusMaster: flag,
  disconnected: flag,
})

export const vfioRegion = object<VfioRegionView>({
  vf: bdf,
  index: count,
  name: text,
  offset: hex,
  size: count,
  flags: nullable(list(text)),
  mappable: count,
})

export const config = object<VfioConfigView>({
  vf: bdf,
  size: count,
  registers: list(object<VfioConfigView['registers'][number]>({ offset: hex, name: text, value: hex })),
  bytes: pattern('^([0-9a-f]{2})*$'),
})

export const access = object<VfioAccessView>({
  vf: bdf,
  region: count,
  name: text,
  offset: hex,
  size: count,
  value: number,
  hex,
})

export const mapping = object<VfioMappingView>({
  vf: bdf,
  region: count,
  offset: hex,
  length: count,
  address: hex,
  cached: flag,
})

export const sysfsEntry = object<SysfsEntryView>({
  path: text,
  name: text,
  kind: oneOf('directory', 'file', 'link'),
  mode: pattern('^[0-7]{4}$'),
  size: count,
  target: nullable(text),
})

export const sysfsWrite = object<SysfsWriteView>({ path: text, bytes: count })
export const sysfsTree = object<SysfsTreeView>({ path: text, directories: count, files: count, links: count })

export const runCheck = object<RunCheckView>({ name: text, works: flag, detail: text, hint: nullable(text) })
