import { crcText } from './checksum.ts'
import { type Disk, readWhole } from './disk.ts'
import { damaged } from './failure.ts'

/** Length of the first line of a snapshot or shard file: the CRC in eight hex digits, and a newline. */
export const CRC_LINE = 9

/** The content of a snapshot or shard file: a line with the CRC-32 of the rest, then `text`. */
export function withCrc(text: string): Buffer {
  const bytes = Buffer.from(`00000000\n${text}`)
  bytes.write(crcText(bytes.subarray(CRC_LINE)), 0, 'latin1')
  return bytes
}

/** Whether a file has the CRC of its content. */
export function fileCrcFits(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, CRC_LINE) === `${crcText(bytes.subarray(CRC_LINE))}\n`
}

/** The whole of a file. Throws NvError `corrupt` if its checksum does not match its content. */
export function readChecked(disk: Disk, name: string): Buffer {
  const { bytes } = readWhole(disk, name)
  if (fileCrcFits(bytes)) return bytes
  throw damaged(disk.dir, name, 'does not have the checksum it was written with')
}
