import type { Architecture } from './boards.ts'

export type Series = 'B' | 'Q' | 'A' | 'C'
export type Certainty = 'documented' | 'derived' | 'guess'

/**
 * A run of types: ids and subsystem ids both count up by one from the first. `idCertainty` gives the origin of the id
 * (printed by NVIDIA or a real host, derived from the numbering rule, or a placeholder). `certainty` is the worse of
 * `idCertainty` and the certainty of the other figures. `since` is the first driver release whose type list has the
 * run; absent for 550.
 */
export type Run = readonly [
  series: Series,
  firstId: number,
  firstSubsystem: number,
  entries: readonly Entry[],
  certainty: Certainty,
  idCertainty: Certainty,
  since?: 580,
]

/** A time-sliced type is its size in GiB; a MIG-backed one is "slices-size[ME]:instances", as in its name, with ":profile" if the name hides it. */
export type Entry = number | string

/** Guest framebuffer, reservation and GSP heap of one type, MiB. */
export type Split = readonly [framebuffer: number, reservation: number, gspHeap: number]

/** The vGPU types of one board. */
export interface TypeTable {
  readonly board: string
  /** prefix of the type names, before the dash */
  readonly prefix: string
  readonly architecture: Architecture
  readonly pdevId: number
  /** memory of one GPU, GiB; also the number of placement slots */
  readonly regionGiB: number
  /** VMMU segment, MiB */
  readonly segmentMiB: number
  /** memory nvidia-smi reports with ECC on, MiB; null where the guest framebuffer under ECC is unknown */
  readonly eccTotalMiB: number | null
  /** BAR1 of a C type, MiB (every other series: 256) */
  readonly computeBar1MiB: number
  /** documented memory splits by size; null where none is published */
  readonly splits: Readonly<Record<number, Split>> | null
  /** reservation of all vGPUs of a GPU, MiB; without it that of the Ada boards */
  readonly reservedMiB?: number
  /** fields that are modelled for every type of the board */
  readonly modelled: readonly string[]
  readonly runs: readonly Run[]
}
