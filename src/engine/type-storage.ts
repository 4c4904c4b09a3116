import { NVA081_CTRL_VGPU_INFO } from '../abi/nva081.ts'
import { peekVgpuInfo } from '../catalog/vgpu-info.ts'
import { typeById } from '../catalog/vgpu-types.ts'
import type { TypeStore } from './gsp/type-store.ts'
import { peekSparse, toSparse } from './sparse.ts'

/**
 * Storage that shares records with the catalogue: one that is equal to the catalogue's, byte for byte, is stored as null.
 * Hosts on disk therefore depend on the catalogue: a changed record needs a new schema of the state. A test pins every
 * record. The firmware knows the interface only.
 */
export const SHARED_TYPES: TypeStore = {
  put(record) {
    const vgpuType = NVA081_CTRL_VGPU_INFO.get(record, 'vgpuType')
    const known = typeById(vgpuType)
    const blob = toSparse(record)
    return { vgpuType, blob: known && toSparse(peekVgpuInfo(known)) === blob ? null : blob }
  },
  peek({ vgpuType, blob }) {
    if (blob !== null) return peekSparse(blob, NVA081_CTRL_VGPU_INFO.size)
    const known = typeById(vgpuType)
    if (known === undefined) throw new Error(`GSP has no record of type ${vgpuType}`)
    return peekVgpuInfo(known)
  },
}
