import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import { findVgpuInfoFault } from '../../catalog/check-vgpu-info.ts'
import { fileError } from './refuse.ts'

/**
 * Checks every record of a file of whole NVA081_CTRL_VGPU_INFO records.
 * @throws NvError invalid-file naming the field, its offset in the file and the value
 */
export function checkBlobs(file: string, bytes: Uint8Array): void {
  const { size } = NVA081_CTRL_VGPU_INFO
  for (let at = 0; at < bytes.length; at += size) {
    const fault = findVgpuInfoFault(bytes, at)
    if (!fault) continue
    const record = bytes.length > size ? ` (record ${at / size})` : ''
    throw fileError(file, `${fault.field} at offset ${at + fault.offset}${record} is ${fault.value}: it ${fault.rule}`)
  }
}
