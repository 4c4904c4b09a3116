import { MAX_VGPU_DEVICES_PER_VM } from '../../abi/vgpu-gsp.ts'
import { NvError } from '../../errors/nv-error.ts'
import { boardOf } from '../board-of.ts'
import { knownType } from '../known-types.ts'
import { gpusNaming, stateAt, type VfAt } from '../select.ts'
import type { HostState, Opener } from '../state.ts'
import type { VgpuType } from '../vgpu-mgr/types.ts'
import { familyOf } from './driver.ts'

/** An open vGPU of a VM. */
export interface Sibling {
  at: VfAt
  opener: Opener
  type: VgpuType
  board: string
}

/** Name prefix of a VM for a single vGPU; the vGPU's place follows. The name index does not have these names. */
export const OWN_VM = 'vm-'

/** The open vGPUs of a VM on all GPUs. */
export function siblingsOf(host: HostState, vm: string): Sibling[] {
  const siblings: Sibling[] = []
  for (const gpu of vm.startsWith(OWN_VM) ? host.gpus.keys() : gpusNaming(host, [vm])) {
    const state = stateAt(host, gpu)
    for (const vf of state.vfs) {
      const { opened } = vf
      if (opened?.vm !== vm) continue
      const type = knownType(host, boardOf(state), vf.vgpuType)
      if (type) siblings.push({ at: { gpu, vf }, opener: opened, type, board: state.board })
    }
  }
  return siblings
}

/**
 * Checks the vGPUs of one VM: the same series and board model, at most 16, and a B or A type alone. Creation of a vGPU
 * cannot check this, since the VM is unknown then; instead the VM does not start.
 * @throws NvError EINVAL
 */
export function checkTogether(
  vm: string,
  guestOs: string | null,
  type: VgpuType,
  board: string,
  siblings: readonly Sibling[],
): void {
  const [first] = siblings
  if (!first) return
  const fail = (code: 'conflict' | 'type-mismatch' | 'profile-limit', why: string) =>
    new NvError({
      errno: 'EINVAL',
      code,
      at: 'nvidia_vgpu_vfio_open_device',
      message: `VM ${vm} does not start: ${why}`,
      hint: `nvgpu vgpu show ${first.at.vf.bdf}`,
      object: first.at.vf.bdf,
    })
  const alone = [type, ...siblings.map((sibling) => sibling.type)].find((known) => known.multiVgpuExclusive !== 0)
  if (alone) throw fail('conflict', `${alone.vgpuName} must be alone in its VM, and ${first.type.vgpuName} is there`)
  const single = [type, ...siblings.map((sibling) => sibling.type)].find((known) => known.multiVgpuSupported === 0)
  if (single) throw fail('conflict', `${single.vgpuName} cannot share a VM`)
  if (first.type.vgpuClass !== type.vgpuClass)
    throw fail('type-mismatch', `it has ${first.type.vgpuName}, and ${type.vgpuName} is of another series`)
  if (first.board !== board)
    throw fail('type-mismatch', `it has ${first.type.vgpuName}, which is of another board than ${board}`)
  if (siblings.length >= MAX_VGPU_DEVICES_PER_VM)
    throw fail('profile-limit', `it has ${siblings.length} vGPUs, ${MAX_VGPU_DEVICES_PER_VM} are possible`)
  if (familyOf(first.opener.guestOs) !== familyOf(guestOs))
    throw fail('conflict', `it runs ${first.opener.guestOs ?? 'Linux'}, not ${guestOs ?? 'Linux'}`)
}
