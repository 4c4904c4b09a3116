import { mdevGroup } from '../iommu.ts'
import { removeMdev } from '../verbs/mdev.ts'
import { type Attributes, directory, files, link, type SysfsDirectory } from './node.ts'
import { kstrtoul } from './numbers.ts'
import type { VfFunction } from './pci-function.ts'
import { storeUevent } from './pci-text.ts'
import { powerDirectory } from './power.ts'
import { GPU_INSTANCE_ID } from './vgpu-attributes.ts'
import { VGPU_PARAMS } from './vgpu-params.ts'

/** The mdev driver of NVIDIA's module. */
export const MDEV_DRIVER = 'nvidia-vgpu-vfio'

const MDEV: Attributes<VfFunction> = {
  remove: {
    mode: 0o200,
    store(at, text) {
      if (kstrtoul(text, 'remove_store') !== 0) removeMdev(at.host, at)
    },
  },
  uevent: { mode: 0o644, show: () => `DRIVER=${MDEV_DRIVER}\n`, store: storeUevent },
}

const NVIDIA: Attributes<VfFunction> = {
  gpu_instance_id: GPU_INSTANCE_ID,
  vgpu_params: VGPU_PARAMS,
  vm_name: { mode: 0o444, show: ({ vf }) => `${vf.opened?.vm ?? ''}\n` },
}

/** The directory of a mediated device, below its parent. */
export function mdevDirectory(at: VfFunction): SysfsDirectory {
  const up = '../../../../..'
  return directory({
    driver: link(`${up}/bus/mdev/drivers/${MDEV_DRIVER}`),
    iommu_group: link(`${up}/kernel/iommu_groups/${mdevGroup(at.host, at.gpu, at.vf.index)}`),
    mdev_type: link(`../mdev_supported_types/nvidia-${at.vf.vgpuType}`),
    nvidia: () => directory(files(at, NVIDIA)),
    power: () => powerDirectory(),
    ...files(at, MDEV),
    subsystem: link(`${up}/bus/mdev`),
  })
}
