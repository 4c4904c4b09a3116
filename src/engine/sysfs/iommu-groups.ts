import { NvError } from '../../errors/nv-error.ts'
import { type GroupOwner, iommuGroup, mdevGroup, ownerOfGroup } from '../iommu.ts'
import type { HostState } from '../state.ts'
import { homeOf, physicalFunctions, portHome } from './home.ts'
import { mdevHome, mdevsOf } from './mdev-bus.ts'
import { type Attributes, directory, dynamic, files, link, type SysfsDirectory, type SysfsNode } from './node.ts'
import { invalid } from './numbers.ts'
import { allFunctions } from './pci-function.ts'

/** Kinds of default domains that a write to `type` names (drivers/iommu/iommu.c). */
const TYPES = ['identity', 'DMA', 'DMA-FQ', 'auto']
const TYPE = 'DMA-FQ'

const GROUP: Attributes<string> = {
  reserved_regions: { mode: 0o444, show: () => '0x00000000fee00000 0x00000000feefffff msi\n' },
  type: { mode: 0o644, show: () => `${TYPE}\n`, store: storeType },
}

/** /sys/kernel/iommu_groups: one group for each PCI device. */
export function iommuGroups(host: HostState): SysfsDirectory {
  return dynamic(
    () =>
      [
        ...physicalFunctions(host).map((at) => iommuGroup(at.gpu, 'port')),
        ...allFunctions(host).map((at) => iommuGroup(at.gpu, at.vf?.index ?? null)),
        ...mdevsOf(host).map((at) => mdevGroup(host, at.gpu, at.vf.index)),
      ].map(String),
    (name) => groupDirectory(host, name),
  )
}

function groupDirectory(host: HostState, name: string): SysfsNode | undefined {
  const owner = /^[0-9]{1,6}$/.test(name) ? ownerOfGroup(Number(name)) : null
  const place = owner && placeOf(host, owner)
  if (!place) return undefined
  return directory({
    devices: directory({ [place.slice(place.lastIndexOf('/') + 1)]: link(`../../../../${place}`) }),
    ...files(name, GROUP),
  })
}

function placeOf(host: HostState, owner: GroupOwner): string | undefined {
  const gpu = host.gpus[owner.gpu]
  if (!gpu) return placeOfMdev(host, owner)
  if (owner.vf === 'port') return portHome({ host, gpu: owner.gpu, vf: null })
  const vf = owner.vf === null ? null : gpu.vfs[owner.vf]
  return vf === undefined ? undefined : homeOf({ host, gpu: owner.gpu, vf })
}

/** Groups of mediated devices follow those of all GPUs. */
function placeOfMdev(host: HostState, owner: GroupOwner): string | undefined {
  const index = owner.gpu - host.gpus.length
  const at = mdevsOf(host).find((mdev) => mdev.gpu === index && mdev.vf.index === owner.vf)
  return at && mdevHome(at)
}

/** The present type is accepted. @throws NvError EINVAL (no type), EBUSY (another: the devices have drivers) */
function storeType(group: string, text: string): void {
  const word = text.replace(/\n$/, '')
  if (!TYPES.includes(word)) throw invalid(text, 'iommu_group_store_type')
  if (word === TYPE) return
  throw new NvError({
    errno: 'EBUSY',
    code: 'unsupported',
    at: 'iommu_group_store_type',
    message: `the default domain of group ${group} is fixed`,
  })
}
