import { MiB } from '../abi/align.ts'
import { ruledHeap } from './memory-split.ts'
import type { TypeTable } from './type-table.ts'
import { ADA_TYPES } from './type-tables-ada.ts'
import { extraTypes } from './type-tables-extra.ts'

/** Published figures of a type; bytes. */
export interface Published {
  readonly pdevId: number
  readonly profileSize: number
  readonly fbLength: number
  readonly maxInstance: number
  readonly gspHeapSize: number | undefined
}

/**
 * GSP heap and framebuffer reservation of a type whose type file gives only profile size and framebuffer, bytes. The
 * heap is that of the board's type of the same size, or else follows the rule of the Ada boards. The reservation is the
 * rest of the profile size. On Ampere boards with GDDR6 the type file counts no heap, so the heap comes on top.
 */
export function memoryByRule(type: Published): { gspHeapSize: number; fbReservation: number } {
  const table = tableOf(type.pdevId)
  const gspHeapSize = type.gspHeapSize ?? heapOf(table, type)
  const inside = table !== undefined && heapOnTop(table) ? 0 : gspHeapSize
  return { gspHeapSize, fbReservation: Math.max(0, type.profileSize - type.fbLength - inside) }
}

function heapOf(table: TypeTable | undefined, { profileSize, maxInstance }: Published): number {
  const row = table?.splits?.[profileSize / (1024 * MiB)]
  if (row !== undefined) return row[2] * MiB
  const rows = table === undefined || !heapOnTop(table) ? [] : Object.values(table.splits ?? {})
  return (rows[0]?.[2] ?? ruledHeap(maxInstance)) * MiB
}

function heapOnTop({ architecture, splits }: TypeTable): boolean {
  return architecture === 'Ampere' && splits !== null
}

function tableOf(pdevId: number): TypeTable | undefined {
  const wanted = (table: TypeTable) => table.pdevId === pdevId
  return ADA_TYPES.find(wanted) ?? extraTypes().find(wanted)
}
