import { ERRNO_TABLE, type ErrnoName } from './errno.ts'

const NAMES = Object.keys(ERRNO_TABLE) as ErrnoName[]

/** Linux x86-64 error numbers (asm-generic/errno-base.h and errno.h), positive; the kernel returns them negated. */
export const ERRNO: Readonly<Record<ErrnoName, number>> = column(0)

/** The meaning of each error number, as a phrase that can follow the name. */
export const ERRNO_MEANING: Readonly<Record<ErrnoName, string>> = column(1)

function column<I extends 0 | 1>(index: I): Record<ErrnoName, (typeof ERRNO_TABLE)[ErrnoName][I]> {
  const entries = NAMES.map((name) => [name, ERRNO_TABLE[name][index]] as const)
  return Object.fromEntries(entries) as Record<ErrnoName, (typeof ERRNO_TABLE)[ErrnoName][I]>
}
