import { Misfit } from './apply.ts'
import { mendLine } from './bit-rot.ts'
import type { Disk } from './disk.ts'
import { damaged } from './failure.ts'
import { crcFits, type Line, readLines } from './frame.ts'
import type { Image } from './image.ts'
import { logName } from './layout.ts'

/**
 * How much is believed. `hot` trusts framing, JSON and the base; `check` wants every CRC to fit, and no line that is one
 * flipped bit away from a record; `salvage` takes a line with a wrong CRC for unwritten, and so everything after it.
 */
export type Trust = 'hot' | 'check' | 'salvage'

/**
 * Reads a piece of the log of `image.epoch` into the image: each record whose base is the sequence number reached is
 * applied, the others lost their race and are dead. Stops at the seal.
 *
 * A base ahead of the sequence means that a record before it is gone. After a power cut that is in order if sectors nobody
 * had synced were lost; those read as zeros. Without such a hole an acknowledged record is damaged: NvError `corrupt`.
 */
export function fold(disk: Disk, image: Image, bytes: Buffer, trust: Trust = 'hot'): void {
  const start = image.offset
  image.offset += readLines(bytes, (line) => {
    if (image.sealed) return
    try {
      foldLine(disk, image, bytes, line, trust)
    } catch (error) {
      if (!(error instanceof Misfit)) throw error
      throw logDamage(disk, image, start + line.start, error.message, error)
    }
  })
}

function foldLine(disk: Disk, image: Image, bytes: Buffer, line: Line, trust: Trust): void {
  const { record } = line
  const at = image.offset + line.start
  if (trust === 'check') checkLine(disk, image, bytes, line)
  if (record === undefined || (trust === 'salvage' && !crcFits(bytes, line.start, line.end))) {
    image.hole ||= bytes.subarray(line.start, line.end).includes(0)
    return
  }
  if (record.b > image.seq && !image.hole && trust !== 'salvage') {
    throw logDamage(disk, image, at, `change ${record.b + 1} follows change ${image.seq}: what was between is damaged`)
  }
  if (record.b !== image.seq) return
  if ('seal' in record) {
    image.sealed = true
    return
  }
  if (!image.rooted && record.p[0]?.[0].length !== 0)
    throw new Misfit('the first change does not carry the whole state')
  image.applyPatch(record.p)
  image.seq = record.b + 1
  image.ids.set(record.i, image.seq)
  if (record.o !== undefined) image.boot = record.o
}

function checkLine(disk: Disk, image: Image, bytes: Buffer, line: Line): void {
  const { start, end, record } = line
  if (record ? crcFits(bytes, start, end) : mendLine(bytes, start, end) === undefined) return
  throw logDamage(disk, image, image.offset + start, 'a record does not have the checksum it was written with')
}

function logDamage(disk: Disk, image: Image, at: number, problem: string, cause?: unknown) {
  return damaged(disk.dir, logName(image.epoch), `is damaged at byte ${at}: ${problem}`, cause)
}
