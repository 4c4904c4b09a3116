import { MiB } from '../../abi/align.ts'
import { boardOf } from '../board-of.ts'
import { selectable } from '../capacity.ts'
import { knownType } from '../known-types.ts'
import { createMdev, hasMdev } from '../verbs/mdev.ts'
import { DRIVER_NAME } from '../vfio/device.ts'
import type { VgpuType } from '../vgpu-mgr/types.ts'
import { type Attributes, directory, dynamic, files, link, type SysfsDirectory } from './node.ts'
import { gpuOf, profileOf, type VfFunction } from './pci-function.ts'

/** A type of a parent. */
interface TypeAt {
  readonly parent: VfFunction
  readonly type: VgpuType
}

const PREFIX = 'nvidia-'

/** Attributes of a type (boards-more 5.1: NVIDIA's mdev module of 535 and 550, and the mdev core). */
const TYPE: Attributes<TypeAt> = {
  available_instances: { mode: 0o444, show: (at) => `${availableInstances(at)}\n` },
  create: { mode: 0o200, store: ({ parent, type }, text) => createMdev(parent.host, parent, type.vgpuType, text) },
  description: { mode: 0o444, show: ({ type }) => `${description(type)}\n` },
  device_api: { mode: 0o444, show: () => 'vfio-pci\n' },
  name: { mode: 0o444, show: ({ type }) => `${type.vgpuName}\n` },
}

/** Whether a VF is a parent of mediated devices: bound to the driver, under the mdev face. */
export function isMdevParent(at: VfFunction): boolean {
  return profileOf(at).mdev && at.vf.driver === DRIVER_NAME && !at.vf.unbound
}

/** mdev_supported_types of a parent: every type that its GPU knows. */
export function supportedTypes(parent: VfFunction): SysfsDirectory {
  const ids = () => gpuOf(parent).mgr?.types ?? []
  return dynamic(
    () => ids().map((id) => `${PREFIX}${id}`),
    (name) => {
      const id = ids().find((known) => name === `${PREFIX}${known}`)
      const type = id === undefined ? undefined : knownType(parent.host, boardOf(gpuOf(parent)), id)
      return type && typeDirectory({ parent, type })
    },
  )
}

function typeDirectory(at: TypeAt): SysfsDirectory {
  const { vf } = at.parent
  const here = hasMdev(at.parent) && vf.vgpuType === at.type.vgpuType
  return directory({
    ...files(at, TYPE),
    devices: directory(here ? { [vf.uuid ?? '']: link(`../../../${vf.uuid}`) } : {}),
  })
}

/**
 * 1 while the type can be created on this VF: the VF has no vGPU, the type may join those on the GPU, and their number is
 * below its maximum. So one VF that takes a type changes the value on all of them.
 */
function availableInstances({ parent, type }: TypeAt): number {
  return selectable(parent.host, parent.gpu, parent.vf, type.vgpuType) ? 1 : 0
}

function description(type: VgpuType): string {
  return [
    `num_heads=${type.numHeads}`,
    `frl_config=${type.frlConfig}`,
    `framebuffer=${type.profileSize / MiB}M`,
    `max_resolution=${type.maxResolutionX}x${type.maxResolutionY}`,
    `max_instance=${type.maxInstance}`,
  ].join(', ')
}
