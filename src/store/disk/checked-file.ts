import { hex } from '../log/record.ts'
import { checksum } from './checksum.ts'

/** Length of the first line of a snapshot or shard: the CRC in eight hex digits, and a newline. */
export const CRC_LINE = 9

/** The content of a snapshot or shard file: a line with the CRC-32 of all that follows, then `text`. */
export function withCrc(text: string): Buffer {
  const bytes = Buffer.from(`00000000\n${text}`)
  bytes.write(hex(checksum(bytes.subarray(CRC_LINE))), 0, 'latin1')
  return bytes
}

/** Whether a file carries the CRC of its content. */
export function fileCrcFits(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, CRC_LINE) === `${hex(checksum(bytes.subarray(CRC_LINE)))}\n`
}
