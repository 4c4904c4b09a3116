import { NVA081_CTRL_VGPU_INFO } from '../abi/nva081.ts'
import { encodeVgpuInfo, peekVgpuInfo } from '../catalog/vgpu-info.ts'
import { typeById } from '../catalog/vgpu-types.ts'
import type { TypeStore } from './gsp/type-store.ts'
import { peekSparse, toSparse } from './sparse.ts'

/**
 * Storage that shares records with the catalogue: one that is equal to the catalogue's first record of the type, byte for byte, is
 * stored as null. Hosts on disk therefore keep the record that was sent, whatever the catalogue says today. A test pins every first
 * record. The firmware knows the interface only.
 */
export const SHARED_TYPES: TypeStore = {
  put(record) {
    const vgpuType = NVA081_CTRL_VGPU_INFO.get(record, 'vgpuType')
    const known = firstRecord(vgpuType)
    const blob = toSparse(record)
    return { vgpuType, blob: known && toSparse(known) === blob ? null : blob }
  },
  peek({ vgpuType, blob }) {
    if (blob !== null) return peekSparse(blob, NVA081_CTRL_VGPU_INFO.size)
    const known = firstRecord(vgpuType)
    if (known === undefined) throw new Error(`GSP has no record of type ${vgpuType}`)
    return known
  },
}

/** The most on a GPU of types whose figure has changed since 0.1.0: H200X-8C and H200-8C. */
const FIRST_MOST: ReadonlyMap<number, number> = new Map([
  [1422, 17],
  [1438, 17],
])
const changed = new Map<number, Uint8Array>()

/** The record that the catalogue had first for a type; it is shared: read only. The first MIG-backed types named no GPU instance. */
export function firstRecord(vgpuType: number): Uint8Array | undefined {
  const known = typeById(vgpuType)
  const maxInstance = FIRST_MOST.get(vgpuType)
  if (known === undefined || (maxInstance === undefined && known.gpuInstanceProfileId === 0))
    return known && peekVgpuInfo(known)
  const first = { ...known, maxInstance: maxInstance ?? known.maxInstance, gpuInstanceProfileId: 0 }
  const record = changed.get(vgpuType) ?? encodeVgpuInfo(first)
  changed.set(vgpuType, record)
  return record
}
