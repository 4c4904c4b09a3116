import type { GspState, GspType } from '../state.ts'

/** Keeps the type records that GSP holds. */
export interface TypeStore {
  /** The stored form of a record, byte for byte as it came. */
  put(record: Uint8Array): GspType
  /** The record of a stored form. Shared: read only. */
  peek(type: GspType): Uint8Array
}

/** The uploaded types: their stored forms in GSP's state, and the records. */
export interface HeldTypes {
  readonly state: GspState
  readonly storage: TypeStore
}

/** The record of an uploaded type, as it came; null for an unknown type. Shared: read only. */
export function typeRecord({ state, storage }: HeldTypes, vgpuType: number): Uint8Array | null {
  const known = state.types.find((type) => type.vgpuType === vgpuType)
  return known ? storage.peek(known) : null
}
