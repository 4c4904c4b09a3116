import { CRC_LINE, readChecked, withCrc } from '../disk/checked-file.ts'
import type { Disk } from '../disk/disk.ts'
import { damaged } from '../disk/failure.ts'
import { idsName, KEPT_IDS, RECENT_IDS } from '../disk/layout.ts'
import type { MaterializedState } from '../materialized-state.ts'

/** What a checkpoint writes of the operation ids. */
export interface KeptIds {
  /** marks that go into the snapshot */
  readonly recent: readonly string[]
  /** epochs of the files that hold the others, ascending */
  readonly files: readonly number[]
  /** the last of them, if it is written by this checkpoint */
  readonly file: readonly [name: string, bytes: Buffer] | undefined
}

/**
 * The operation ids that the checkpoint after `state` keeps. New marks gather in the snapshot. When there are many they move
 * to the younger of two files, which is rewritten, sorted. When that one is full a new one is begun and the older one
 * dropped. So at least KEPT_IDS are known at any time, and few checkpoints write many marks.
 */
export function keptIds(disk: Disk, state: MaterializedState): KeptIds {
  const recent = [...marksIn(state.oldIds), ...[...state.ids.keys()].map(idMark)]
  const files = state.idFiles
  if (recent.length <= RECENT_IDS) return { recent, files, file: undefined }
  const younger = files.at(-1)
  const marks = younger === undefined ? [] : marksIn(read(disk, younger).subarray(CRC_LINE))
  const isFull = marks.length >= KEPT_IDS
  const all = [...(isFull ? [] : marks), ...recent].sort()
  const next = state.epoch + 1
  return {
    recent: [],
    files: [...(isFull ? files.slice(-1) : files.slice(0, -1)), next],
    file: [idsName(next), withCrc(`${JSON.stringify(all)}\n`)],
  }
}

/** Whether an operation of this id was made before the logs that `state` has read, as far as ids are kept. */
export function isOldId(disk: Disk, state: MaterializedState, id: string): boolean {
  const mark = `"${idMark(id)}"`
  if (state.oldIds.includes(mark)) return true
  return state.idFiles.some((epoch) => {
    const bytes = state.idBytes.get(epoch) ?? read(disk, epoch)
    state.idBytes.set(epoch, bytes)
    return bytes.includes(mark)
  })
}

/** Whether the content of a file reads as a list of marks. */
export function isIdList(bytes: Buffer): boolean {
  return bytes[CRC_LINE] === 0x5b && bytes.at(-2) === 0x5d
}

/**
 * What is kept of an operation id: 64 bits of it, as 16 hexadecimal digits. The odds that a new id has the mark of a kept
 * one are one to 10^15.
 */
export function idMark(id: string): string {
  return hash(id, 0x811c9dc5, 0x01000193) + hash(id, 0x9747b28c, 0x85ebca6b)
}

/** FNV-1a with a given start and prime. Ids are ASCII. */
function hash(id: string, start: number, prime: number): string {
  let value = start
  for (let index = 0; index < id.length; index++) {
    value = Math.imul(value ^ id.charCodeAt(index), prime)
    value ^= value >>> 15
  }
  return (value >>> 0).toString(16).padStart(8, '0')
}

function read(disk: Disk, epoch: number): Buffer {
  const name = idsName(epoch)
  const bytes = readChecked(disk, name)
  if (isIdList(bytes)) return bytes
  throw damaged(disk.dir, name, 'does not read as a list of operation ids')
}

function marksIn(json: Buffer): string[] {
  const marks: unknown = JSON.parse(json.toString('latin1'))
  return Array.isArray(marks) ? marks.filter((mark) => typeof mark === 'string') : []
}
