import { nearest } from '../errors/nearest.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { CatalogType } from './catalog-type.ts'
import { expandType, typeName } from './expand-type.ts'
import type { Run, TypeTable } from './type-table.ts'
import { ADA_TYPES } from './type-tables-ada.ts'
import { extraTypes } from './type-tables-extra.ts'
import { givenTypes } from './type-tables-given.ts'

/**
 * The types of a PF device id in NVIDIA's order: B, Q, A, then C, which only the AI Enterprise package has. A 550 host
 * lists no 3B types: they need `newer`. A16 and A2 share 0x25b6, so this gives the types of both boards; `typesOfBoard`
 * gives those of one. At most 64 types in all.
 */
export function typesOfDevice(pdevId: number, newer = false): CatalogType[] {
  return typesOf((table) => table.pdevId === pdevId, newer)
}

/** Like `typesOfDevice`, for one board by its catalogue name ('A16'). */
export function typesOfBoard(board: string, newer = false): CatalogType[] {
  return typesOf((table) => table.board === board, newer)
}

const expanded = new Map<number, CatalogType>()

/** The type with this id, 3B types included. Each call gives the same object. */
export function typeById(id: number): CatalogType | undefined {
  return (
    expanded.get(id) ??
    find((_table, [, firstId, , entries]) => {
      const index = id - firstId
      return Number.isInteger(index) && index >= 0 && index < entries.length ? index : -1
    })
  )
}

/**
 * Finds a type by its id (874, 0x36a, nvidia-874) or its name (L40-4Q, NVIDIA L40-4Q), in any case. The prefix NVIDIA
 * or GRID is optional, and either works.
 */
export function typeByName(text: string): CatalogType | undefined {
  const known = meant.get(text)
  if (known !== undefined) return known
  const type = search(text.trim().toLowerCase())
  if (type !== undefined && meant.size < MOST_MEANT) meant.set(text, type)
  return type
}

/** Cache of names that were found. */
const meant = new Map<string, CatalogType>()
const MOST_MEANT = 1024

function search(wanted: string): CatalogType | undefined {
  const digits = isDigit(wanted) || wanted.startsWith('nvidia-') ? digitsOf(wanted) : undefined
  if (digits !== undefined) return typeById(Number(digits))
  const short = shortName(wanted)
  let board = ''
  let isNear = false
  return find((table, run) => {
    if (table.board !== board) isNear = short.startsWith(shortName(table.prefix))
    board = table.board
    if (!isNear) return -1
    return run[3].findIndex((entry) => shortName(typeName(table, run, entry)) === short)
  })
}

/**
 * Up to three type names near a mistyped one. They come from `candidates`, in their own spelling, or else from the
 * whole catalogue, without the prefix NVIDIA.
 */
export function nearestTypeNames(text: string, candidates: readonly string[] = allNames()): string[] {
  const byShort = new Map(candidates.map((name) => [shortName(name), name]))
  return nearest(shortName(text), [...byShort.keys()]).flatMap((short) => byShort.get(short) ?? [])
}

/** Whether a text begins with a digit. */
function isDigit(text: string): boolean {
  const code = text.charCodeAt(0)
  return code >= 0x30 && code <= 0x39
}

function digitsOf(wanted: string): string | undefined {
  return /^(?:nvidia-)?(0x[0-9a-f]{1,8}|\d{1,10})$/.exec(wanted)?.[1]
}

/** A name in lower case, without the prefix NVIDIA or GRID and its separator. */
function shortName(name: string): string {
  return shortTypeName(name).toLowerCase()
}

function allNames(): string[] {
  return [...ADA_TYPES, ...extraTypes()].flatMap((table) =>
    table.runs.flatMap((run) => run[3].map((entry) => shortTypeName(typeName(table, run, entry)))),
  )
}

function typesOf(wanted: (table: TypeTable) => boolean, newer: boolean): CatalogType[] {
  const ada = ADA_TYPES.filter(wanted)
  const extra = ada.length > 0 ? [] : extraTypes().filter(wanted)
  const tables = ada.length + extra.length > 0 ? [...ada, ...extra] : givenTypes().filter(wanted)
  return tables.flatMap((table) =>
    table.runs
      .filter(([, , , , , , since]) => newer || since === undefined)
      .flatMap((run) => run[3].flatMap((_, index) => typeAt(table, run, index) ?? [])),
  )
}

/** The type at the first index that `indexOf` finds; the Ada boards come first, those of given figures last. */
function find(indexOf: (table: TypeTable, run: Run) => number): CatalogType | undefined {
  return findIn(ADA_TYPES, indexOf) ?? findIn(extraTypes(), indexOf) ?? findIn(givenTypes(), indexOf)
}

function findIn(tables: readonly TypeTable[], indexOf: (table: TypeTable, run: Run) => number) {
  for (const table of tables) {
    for (const run of table.runs) {
      const index = indexOf(table, run)
      if (index >= 0) return typeAt(table, run, index)
    }
  }
  return undefined
}

/** The record of a type, cached. */
function typeAt(table: TypeTable, run: Run, index: number): CatalogType | undefined {
  const id = run[1] + index
  const known = expanded.get(id)
  if (known?.board === table.board) return known
  const made = expandType(table, run, index)
  if (made !== undefined) expanded.set(id, made)
  return made
}
