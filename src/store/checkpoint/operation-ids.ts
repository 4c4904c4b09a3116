import { CRC_LINE, withCrc } from '../disk/checked-file.ts'
import type { Disk } from '../disk/disk.ts'
import { damaged } from '../disk/failure.ts'
import { idsName, KEPT_IDS, RECENT_IDS } from '../disk/layout.ts'
import { readChecked } from '../load.ts'
import type { MaterializedState } from '../materialized-state.ts'
import { idMark } from './id-mark.ts'

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
 * The operation ids that the checkpoint after `image` keeps. New marks gather in the snapshot. When there are many they move
 * to the younger of two files, which is written anew, sorted; and when that one is full another is begun and the older one
 * dropped. So few checkpoints write many marks, and at least KEPT_IDS are known at any time.
 */
export function keptIds(disk: Disk, image: MaterializedState): KeptIds {
  const recent = [...marksIn(image.oldIds), ...[...image.ids.keys()].map(idMark)]
  const files = image.idFiles
  if (recent.length <= RECENT_IDS) return { recent, files, file: undefined }
  const younger = files.at(-1)
  const marks = younger === undefined ? [] : marksIn(read(disk, younger).subarray(CRC_LINE))
  const isFull = marks.length >= KEPT_IDS
  const all = [...(isFull ? [] : marks), ...recent].sort()
  const next = image.epoch + 1
  return {
    recent: [],
    files: [...(isFull ? files.slice(-1) : files.slice(0, -1)), next],
    file: [idsName(next), withCrc(`${JSON.stringify(all)}\n`)],
  }
}

/** Whether an operation of this id was made before the logs that the image has read, as far as that is known. */
export function isOldId(disk: Disk, image: MaterializedState, id: string): boolean {
  const mark = idMark(id)
  if (image.oldIds.includes(`"${mark}"`)) return true
  return image.idFiles.some((epoch) => {
    const bytes = image.idBytes.get(epoch) ?? read(disk, epoch)
    image.idBytes.set(epoch, bytes)
    return hasMark(bytes, mark)
  })
}

function read(disk: Disk, epoch: number): Buffer {
  const name = idsName(epoch)
  const bytes = readChecked(disk, name)
  if (isList(bytes)) return bytes
  throw damaged(disk.dir, name, 'does not read as a list of operation ids')
}

/** Whether the content of a file reads as a list of marks. */
export function isList(bytes: Buffer): boolean {
  return bytes[CRC_LINE] === 0x5b && bytes.at(-2) === 0x5d
}

/** Bytes from mark to mark, and before the first one's quotation mark. */
const STEP = 19
const FIRST = CRC_LINE + 1

/** Marks are as good as random: where one is among many that are sorted is known to within six times the spread of 64. */
const REACHES = [64, 400]

function hasMark(bytes: Buffer, mark: string): boolean {
  const count = Math.floor((bytes.length - FIRST) / STEP)
  const near = Math.floor((Number.parseInt(mark.slice(0, 8), 16) / 2 ** 32) * count)
  for (const reach of REACHES) {
    const from = Math.max(near - reach, 0)
    const to = Math.min(near + reach, count)
    if (from > 0 && markAt(bytes, from) > mark) continue
    if (to < count && markAt(bytes, to - 1) < mark) continue
    return bytes.subarray(FIRST + from * STEP, FIRST + to * STEP).includes(`"${mark}"`)
  }
  return bytes.includes(`"${mark}"`)
}

function markAt(bytes: Buffer, index: number): string {
  const start = FIRST + index * STEP + 1
  return bytes.toString('latin1', start, start + STEP - 3)
}

function marksIn(json: Buffer): string[] {
  const marks: unknown = JSON.parse(json.toString('latin1'))
  return Array.isArray(marks) ? marks.filter((mark) => typeof mark === 'string') : []
}
