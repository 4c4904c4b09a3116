import { alignDown } from '../abi/align.ts'
import type { Split, TypeTable } from './type-table.ts'

/** Reservation of all vGPUs of a GPU together, MiB, and the GSP heap of a type that has the GPU to itself. */
const RESERVED_MIB = 1536
const LARGEST_HEAP_MIB = 512
const SMALLEST_HEAP_MIB = 32

/**
 * How a type's share of the memory splits into guest framebuffer, reservation and GSP heap, MiB: the documented row, or
 * where there is none the rule below.
 */
export function splitOf(table: TypeTable, sizeGiB: number, maxInstance: number): Split {
  return table.splits?.[sizeGiB] ?? ruledSplit(table, sizeGiB, maxInstance)
}

/**
 * The rule behind the documented rows of the Ada boards, which it reproduces all but the 1 GiB types of 48 GiB boards:
 * the heap halves with every doubling of the instances (512 to 32 MiB), the reservation is the type's share of 1536 MiB,
 * and the guest gets the rest, rounded down to the VMMU segment in favour of the reservation. A MIG type's name rounds its
 * size up, so its share is never more than the GPU's memory divided by its instances.
 */
export function ruledSplit(
  { regionGiB, segmentMiB }: Pick<TypeTable, 'regionGiB' | 'segmentMiB'>,
  sizeGiB: number,
  maxInstance: number,
): Split {
  const share = Math.min(sizeGiB * 1024, Math.floor((regionGiB * 1024) / maxInstance))
  let heap = LARGEST_HEAP_MIB
  for (let instances = 1; instances < maxInstance && heap > SMALLEST_HEAP_MIB; instances *= 2) heap /= 2
  const reserved = Math.ceil((RESERVED_MIB * sizeGiB) / regionGiB)
  const framebuffer = alignDown(share - reserved - heap, segmentMiB)
  return [framebuffer, share - framebuffer - heap, heap]
}
