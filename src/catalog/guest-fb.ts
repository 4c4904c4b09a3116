import { alignDown, alignUp } from '../abi/align.ts'

/** The fields of a type in the formula; bytes. */
export interface GuestFbOf {
  readonly fbLength: number
  readonly fbReservation: number
  readonly gspHeapSize: number
  readonly maxInstance: number
}

/** The manager rounds the total up to a multiple of this many VMMU segments before it divides. */
const SEGMENTS = 8

/**
 * Guest framebuffer in bytes on a GPU with `totalFb` bytes for vGPUs: the type's share less reservation and heap, at
 * most the type's own length, rounded down to the VMMU segment. With the ECC-off total the result is `fbLength`. With
 * ECC on, GDDR6 boards lose a sixteenth and the larger guests shrink (L40-48Q: 47104 to 44032 MiB). `segments` is 8 in
 * NVIDIA's release and 1 in the 2025 re-post.
 */
export function guestFbLength(type: GuestFbOf, totalFb: number, vmmuSegmentSize: number, segments = SEGMENTS): number {
  const share = Math.floor(alignUp(totalFb, vmmuSegmentSize * segments) / type.maxInstance)
  const room = share - type.fbReservation - type.gspHeapSize
  // the driver computes in u64: a negative room wraps, and the type's own length is less
  return alignDown(room < 0 ? type.fbLength : Math.min(type.fbLength, room), vmmuSegmentSize)
}
