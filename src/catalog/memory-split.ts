import { alignDown } from '../abi/align.ts'
import type { Split, TypeTable } from './type-table.ts'

/** Total reservation of all vGPUs of a GPU, MiB, and the GSP heap of a type that fills the whole GPU. */
const RESERVED_MIB = 1536
const LARGEST_HEAP_MIB = 512
const SMALLEST_HEAP_MIB = 32

/**
 * Splits a type's share of the memory into guest framebuffer, reservation and GSP heap, MiB: the documented row, or the
 * rule below without one.
 */
export function splitOf(table: TypeTable, sizeGiB: number, maxInstance: number): Split {
  return table.splits?.[sizeGiB] ?? ruledSplit(table, sizeGiB, maxInstance)
}

/**
 * The rule behind the documented rows of the Ada boards. It reproduces all of them except the 1 GiB types of 48 GiB
 * boards. The heap halves with every doubling of the instances (512 to 32 MiB). The reservation is the type's share of
 * 1536 MiB. The guest gets the rest, rounded down to the VMMU segment in favour of the reservation. A MIG type's name
 * rounds its size up, so its share is at most the GPU's memory divided by its instances.
 */
export function ruledSplit(
  { regionGiB, segmentMiB, reservedMiB = RESERVED_MIB }: Pick<TypeTable, 'regionGiB' | 'segmentMiB' | 'reservedMiB'>,
  sizeGiB: number,
  maxInstance: number,
): Split {
  const share = Math.min(sizeGiB * 1024, Math.floor((regionGiB * 1024) / maxInstance))
  const heap = ruledHeap(maxInstance)
  const reserved = Math.ceil((reservedMiB * sizeGiB) / regionGiB)
  const framebuffer = alignDown(share - reserved - heap, segmentMiB)
  return [framebuffer, share - framebuffer - heap, heap]
}

/** GSP heap of a type by its instances, MiB: 512 for one, half with every doubling, at least 32. */
export function ruledHeap(maxInstance: number): number {
  let heap = LARGEST_HEAP_MIB
  for (let instances = 1; instances < maxInstance && heap > SMALLEST_HEAP_MIB; instances *= 2) heap /= 2
  return heap
}
