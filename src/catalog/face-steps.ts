import type { FaceName } from '../contract/state/host.ts'

/** One thing that a provisioning script does, in the words of each face. PF, VF, TYPE, UUID and PARAMS stand for values. */
export interface FaceStep {
  readonly step: string
  readonly faces: Readonly<Record<FaceName, string>>
}

const DEVICES = '/sys/bus/pci/devices'
const MDEVS = '/sys/bus/mdev/devices'

/** The same text for both faces that configure the VF itself. */
function onVf(step: string, mdev: string, vf: string): FaceStep {
  return { step, faces: { mdev, 'vendor-vfio': vf, upstream: vf } }
}

/** The steps of a provisioning script, in its order (faces.md; NVIDIA's user guide of releases 16 and 17). */
export const FACE_STEPS: readonly FaceStep[] = [
  {
    step: 'enable VFs',
    faces: {
      mdev: 'sriov-manage -e PF',
      'vendor-vfio': 'sriov-manage -e PF',
      upstream: `echo 4 > ${DEVICES}/PF/sriov_numvfs`,
    },
  },
  onVf('find parents', 'ls /sys/class/mdev_bus', `ls -d ${DEVICES}/PF/virtfn*`),
  onVf(
    'name of a type',
    `cat ${DEVICES}/VF/mdev_supported_types/nvidia-TYPE/name`,
    `grep ^TYPE ${DEVICES}/VF/nvidia/creatable_vgpu_types`,
  ),
  onVf(
    'check for room',
    `cat ${DEVICES}/VF/mdev_supported_types/nvidia-TYPE/available_instances`,
    `grep ^TYPE ${DEVICES}/VF/nvidia/creatable_vgpu_types`,
  ),
  onVf(
    'create a vGPU',
    `echo UUID > ${DEVICES}/VF/mdev_supported_types/nvidia-TYPE/create`,
    `echo TYPE > ${DEVICES}/VF/nvidia/current_vgpu_type`,
  ),
  {
    step: 'refusal to create',
    faces: { mdev: 'EIO', 'vendor-vfio': 'EIO, EPERM (the VF has a vGPU)', upstream: 'EBUSY, ENODEV, EINVAL, ENOSPC' },
  },
  {
    step: 'set parameters',
    faces: {
      mdev: `echo PARAMS > ${MDEVS}/UUID/nvidia/vgpu_params`,
      'vendor-vfio': `echo PARAMS > ${DEVICES}/VF/nvidia/vgpu_params`,
      upstream: 'not possible',
    },
  },
  onVf('list vGPUs', `ls ${MDEVS}`, `grep -v ^0 ${DEVICES}/VF/nvidia/current_vgpu_type`),
  onVf('type of a vGPU', `cat ${MDEVS}/UUID/mdev_type/name`, `cat ${DEVICES}/VF/nvidia/current_vgpu_type`),
  onVf('IOMMU group', `readlink ${MDEVS}/UUID/iommu_group`, `readlink ${DEVICES}/VF/iommu_group`),
  onVf('QEMU', `-device vfio-pci,sysfsdev=${MDEVS}/UUID`, `-device vfio-pci,sysfsdev=${DEVICES}/VF`),
  onVf(
    'libvirt',
    "<hostdev type='mdev' model='vfio-pci'> with the UUID",
    "<hostdev type='pci' managed='no'> with the VF",
  ),
  onVf('start at boot', 'mdevctl define --auto -u UUID -p VF -t nvidia-TYPE', 'a unit of its own that writes the type'),
  onVf('remove a vGPU', `echo 1 > ${MDEVS}/UUID/remove`, `echo 0 > ${DEVICES}/VF/nvidia/current_vgpu_type`),
  {
    step: 'disable VFs',
    faces: {
      mdev: 'sriov-manage -d PF',
      'vendor-vfio': 'sriov-manage -d PF',
      upstream: `echo 0 > ${DEVICES}/PF/sriov_numvfs`,
    },
  },
]
