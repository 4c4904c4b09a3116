import { NvError } from '../../abi/nv-error.ts'
import type { Profile } from '../../catalog/profiles.ts'
import type { VfState } from '../state.ts'
import type { VgpuType } from '../vgpu-mgr/types.ts'

const AT = 'current_vgpu_type_store'

/**
 * The checks of a write to current_vgpu_type, in the order of the 2025 series: open, deselect, known, one type per PF,
 * instances left. Selecting the type a VF has already is a success that counts nothing (as posted it counts twice).
 * @param find the type of an id, ENODEV when it is unknown
 * @returns the type to select, or null when the selection stays as it is
 * @throws NvError EBUSY, ENODEV, EINVAL, ENOSPC
 */
export function checkTypeSelection(
  vf: VfState,
  vfs: readonly VfState[],
  vgpuType: number,
  sharing: Profile['sharing'],
  find: (vgpuType: number) => VgpuType,
): VgpuType | null {
  if (vf.opened) {
    throw new NvError({
      errno: 'EBUSY',
      code: 'busy',
      at: AT,
      message: `${vf.bdf} is open by ${vf.opened.vm}`,
      hint: `nvgpu vgpu stop ${vf.bdf}`,
      object: vf.bdf,
    })
  }
  if (vgpuType === 0 || vgpuType === vf.vgpuType) return null
  const type = find(vgpuType)
  const others = vfs.filter((other) => other.vgpuType !== 0 && other !== vf)
  const odd = others.map((other) => find(other.vgpuType)).find((other) => !mayShare(sharing, other, type))
  if (odd) {
    throw new NvError({
      errno: 'EINVAL',
      code: 'type-mismatch',
      at: AT,
      message: `this GPU carries ${odd.vgpuName} (${others.length} of ${odd.maxInstance}); ${type.vgpuName} cannot join it`,
      hint: 'nvgpu types list --creatable',
      object: vf.bdf,
    })
  }
  const instances = others.filter((other) => sharing === 'same-size' || other.vgpuType === vgpuType).length
  if (instances >= type.maxInstance) {
    throw new NvError({
      errno: 'ENOSPC',
      code: 'max-instances',
      at: AT,
      message: `this GPU carries ${instances} vGPUs and ${type.vgpuName} allows ${type.maxInstance}`,
      hint: 'nvgpu types list --creatable',
      object: vf.bdf,
    })
  }
  return type
}

function mayShare(sharing: Profile['sharing'], a: VgpuType, b: VgpuType): boolean {
  return sharing === 'same-size' ? a.profileSize === b.profileSize : a.vgpuType === b.vgpuType
}
