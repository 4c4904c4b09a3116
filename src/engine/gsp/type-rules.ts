import { alignUp } from '../../abi/align.ts'
import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import {
  NV_ERR_INSUFFICIENT_RESOURCES,
  NV_ERR_INVALID_ARGUMENT,
  NV_ERR_NOT_SUPPORTED,
  NV_OK,
} from '../../errors/nv-status.ts'
import { type HeldTypes, typeRecord } from './type-store.ts'

/** What a message says of a vGPU whose type it names. */
export interface TypedVgpu {
  gfid: number
  vgpuType: number
  /** GPU instance; 0 without MIG */
  swizzId: number
  /** guest framebuffer, bytes */
  fbSize: number
}

/**
 * The resource manager's checks of a vGPU's type (inferred): known, its framebuffer, and in equal-size mode no other size
 * and no more vGPUs than the type allows. They apply where a message names the type: the bootload under `vgpu17`, else
 * message 2.
 * @returns an NV_STATUS
 */
export function typeStatus(held: HeldTypes, { gfid, vgpuType, swizzId, fbSize }: TypedVgpu): number {
  const record = typeRecord(held, vgpuType)
  if (record === null) return NV_ERR_NOT_SUPPORTED
  const get = (field: 'fbLength' | 'profileSize' | 'maxInstance') => NVA081_CTRL_VGPU_INFO.get(record, field)
  const { vmmuSegmentSize, eccEnabled, heterogeneous, plugins } = held.state
  const most = alignUp(get('fbLength'), vmmuSegmentSize)
  // with ECC on the guest gets a share, which is less
  if (eccEnabled ? fbSize > most : fbSize !== most) return NV_ERR_INVALID_ARGUMENT
  const instance = swizzId === 0 ? undefined : held.state.mig.instances.find((known) => known.swizzId === swizzId)
  if (instance?.heterogeneous ?? heterogeneous) return NV_OK
  // with MIG off all have instance 0; on an instance the types share it alone
  const others = Object.values(plugins).filter(
    (plugin) => plugin.gfid !== gfid && plugin.vgpuType !== 0 && plugin.swizzId === swizzId,
  )
  for (const other of others) {
    const beside = typeRecord(held, other.vgpuType)
    if (beside && NVA081_CTRL_VGPU_INFO.get(beside, 'profileSize') !== get('profileSize'))
      return NV_ERR_INVALID_ARGUMENT
  }
  return others.length >= get('maxInstance') ? NV_ERR_INSUFFICIENT_RESOURCES : NV_OK
}
