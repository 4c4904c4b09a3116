import { NvError } from '../../errors/nv-error.ts'
import { NV_ERR_STATE_IN_USE } from '../../errors/nv-status.ts'
import { vgpuBy } from '../lookup.ts'
import type { VfAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { onMachine } from './run.ts'
import { refuseMigrating } from './vgpus.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n?$/i
const LOG = '[nvidia-vgpu-vfio]'

/** Whether a parent has a mediated device: its VF has a type and an identity. */
export function hasMdev({ vf }: VfAt): boolean {
  return vf.vgpuType !== 0 && vf.uuid !== null
}

/**
 * create of a type: makes a mediated device with the written UUID, which stays closed. The mdev core checks the UUID; the
 * driver turns each of its own refusals into EIO.
 * @throws NvError EINVAL (no UUID), EEXIST (another device has it), EIO
 */
export function createMdev(host: HostState, at: VfAt, vgpuType: number, text: string): void {
  if (!UUID.test(text)) {
    throw new NvError({
      errno: 'EINVAL',
      code: 'invalid-argument',
      at: 'create_store',
      message: `"${text.trim().slice(0, 40)}" is not a UUID`,
      hint: 'uuidgen',
    })
  }
  const uuid = text.trim().toLowerCase()
  const other = vgpuBy(host, 'uuid', uuid)
  if (other) {
    throw new NvError({
      errno: 'EEXIST',
      code: 'exists',
      at: 'mdev_device_create',
      message: `a mediated device ${uuid} is on ${other.vf.bdf}`,
      hint: `nvgpu vgpu show ${uuid}`,
      object: uuid,
    })
  }
  onMachine(host, at.gpu, (machine) => {
    try {
      machine.vfio(at.vf).setCurrentVgpuType(vgpuType)
    } catch (error) {
      if (error instanceof NvError) machine.klog.err(`${LOG} ${uuid}: vGPU creation failed, -5`)
      throw error
    }
    machine.klog.info(`${LOG} ${uuid}: vGPU device created successfully.`)
  })
  at.vf.uuid = uuid
}

/**
 * remove of a mediated device.
 * @throws NvError EPERM (open), EBUSY (it is migrating)
 */
export function removeMdev(host: HostState, at: VfAt): void {
  refuseMigrating(host, at)
  const { uuid } = at.vf
  onMachine(host, at.gpu, (machine) => {
    try {
      machine.vfio(at.vf).setCurrentVgpuType(0)
    } catch (error) {
      if (error instanceof NvError)
        machine.klog.err(`${LOG} ${uuid}: vGPU destroy failed: 0x${NV_ERR_STATE_IN_USE.toString(16)}`)
      throw error
    }
    machine.klog.info(`${LOG} ${uuid}: vGPU device destroyed.`)
  })
}
