import { NvmlError } from './error.ts'

/** Kinds of handles, in the upper 32 bits. A handle is data: no one takes it for an address. */
const KINDS = {
  device: 0x4e560001,
  eventSet: 0x4e560002,
  gpuInstance: 0x4e560003,
  computeInstance: 0x4e560004,
  migDevice: 0x4e560005,
} as const
export type HandleKind = keyof typeof KINDS

/** A handle: kind, generation 0, and a number from 1 on in the lower 32 bits. It stays valid when the server starts again. */
export function handleOf(kind: HandleKind, index: number): bigint {
  return (BigInt(KINDS[kind]) << 32n) | BigInt(index + 1)
}

/** The index in a handle. @throws NvmlError INVALID_ARGUMENT for null, and for what is no handle of the kind */
export function indexOfHandle(kind: HandleKind, handle: bigint): number {
  const index = Number(handle & 0xffff_ffffn) - 1
  if (Number(handle >> 32n) !== KINDS[kind] || index < 0) throw new NvmlError('INVALID_ARGUMENT')
  return index
}
