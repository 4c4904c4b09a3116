import type { GspType } from '../state.ts'

/** Keeps the type records that GSP holds. */
export interface TypeStore {
  /** The stored form of a record, byte for byte as it came. */
  put(record: Uint8Array): GspType
  /** The record of a stored form. Shared: read only. */
  peek(type: GspType): Uint8Array
}
