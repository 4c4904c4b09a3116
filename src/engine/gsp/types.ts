import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import { peekVgpuInfo } from '../../catalog/vgpu-info.ts'
import { typeById } from '../../catalog/vgpu-types.ts'
import { peekSparse, toSparse } from '../sparse.ts'
import type { GspType } from '../state.ts'

/**
 * The stored form of a type, from the host's NVA081_CTRL_VGPU_INFO. A record equal to the catalogue's, byte for byte,
 * is omitted (`blob` null). Hosts on disk therefore depend on the catalogue: a changed record needs a new schema of the
 * state. A test pins every record.
 */
export function gspType(record: Uint8Array): GspType {
  const vgpuType = NVA081_CTRL_VGPU_INFO.get(record, 'vgpuType')
  const known = typeById(vgpuType)
  const blob = toSparse(record)
  return { vgpuType, blob: known && toSparse(peekVgpuInfo(known)) === blob ? null : blob }
}

/** The host's record, byte for byte. Shared: read only. */
export function peekGspType({ vgpuType, blob }: GspType): Uint8Array {
  if (blob !== null) return peekSparse(blob, NVA081_CTRL_VGPU_INFO.size)
  const known = typeById(vgpuType)
  if (known === undefined) throw new Error(`GSP has no record of type ${vgpuType}`)
  return peekVgpuInfo(known)
}
