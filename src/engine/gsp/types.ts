import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import { peekVgpuInfo } from '../../catalog/vgpu-info.ts'
import { typeById } from '../../catalog/vgpu-types.ts'
import { peekSparse, toSparse } from '../sparse.ts'
import type { GspType } from '../state.ts'

/**
 * A type as the firmware keeps it, from the NVA081_CTRL_VGPU_INFO the host sent. The 29 records of a board were two thirds
 * of all there is to keep of a GPU that has just booted: those that are the catalogue's, byte for byte, are left out. So
 * hosts on disk stand on the catalogue: a record that is to differ in a later version needs another schema of the state.
 * A test holds them all to what they are.
 */
export function gspType(record: Uint8Array): GspType {
  const vgpuType = NVA081_CTRL_VGPU_INFO.get(record, 'vgpuType')
  const known = typeById(vgpuType)
  const blob = toSparse(record)
  return { vgpuType, blob: known && toSparse(peekVgpuInfo(known)) === blob ? null : blob }
}

/** The record the host sent, byte for byte; to be looked at only, for others look at the same bytes. */
export function peekGspType({ vgpuType, blob }: GspType): Uint8Array {
  if (blob !== null) return peekSparse(blob, NVA081_CTRL_VGPU_INFO.size)
  const known = typeById(vgpuType)
  if (known === undefined) throw new Error(`GSP has no record of type ${vgpuType}`)
  return peekVgpuInfo(known)
}
