import { GiB, KiB, MiB } from '../abi/align.ts'
import { NVA081_CTRL_VGPU_INFO, NVA081_MAX_VGPU_PER_PGPU } from '../abi/nva081.ts'
import { NvError } from '../errors/nv-error.ts'

/** A fault in one field of a type record. */
export interface VgpuInfoFault {
  /** NVIDIA's name of the field, or "padding" */
  readonly field: string
  /** offset inside the record */
  readonly offset: number
  /** the value in readable form */
  readonly value: string
  /** "must be …" */
  readonly rule: string
}

/**
 * Checks the 4,952-byte NVA081_CTRL_VGPU_INFO record at byte `at` of `blob`: ids, names, counts, sizes and flags must
 * be in range, and the gaps of the structure must be zero. Conditions that depend on the host (the GPU, its free space)
 * are outside this check.
 * @throws NvError invalid-file with the field, its offset in `blob` and the value; also for a truncated record
 */
export function checkVgpuInfo(blob: Uint8Array, at: number): void {
  const left = Math.max(0, blob.length - at)
  if (left < NVA081_CTRL_VGPU_INFO.size) {
    throw refused(`${left} bytes at offset ${at}: a type record has ${NVA081_CTRL_VGPU_INFO.size}`)
  }
  const fault = findVgpuInfoFault(blob, at)
  if (fault) throw refused(`${fault.field} at offset ${at + fault.offset} is ${fault.value}: it ${fault.rule}`)
}

/** Like `checkVgpuInfo`, but returns the first fault. The record must be complete. */
export function findVgpuInfoFault(blob: Uint8Array, at: number): VgpuInfoFault | undefined {
  const view = new DataView(blob.buffer, blob.byteOffset + at, NVA081_CTRL_VGPU_INFO.size)
  for (const [field, rule] of TEXTS) {
    const fault = textFault(view, field, rule)
    if (fault) return fault
  }
  for (const [field, check, rule] of NUMBERS) {
    const { offset, layout } = NVA081_CTRL_VGPU_INFO.fields[field]
    const value = layout.size === 8 ? view.getBigUint64(offset, true) : BigInt(view.getUint32(offset, true))
    // rounding above 2^53 is harmless: every field's limit is lower
    if (!check(Number(value))) return { field, offset, value: shown(value), rule }
  }
  for (const offset of HOLES) {
    const value = view.getUint32(offset, true)
    if (value !== 0) return { field: 'padding', offset, value: shown(BigInt(value)), rule: 'must be zero' }
  }
  return undefined
}

type FieldName = keyof typeof NVA081_CTRL_VGPU_INFO.fields
type NumberRule = readonly [field: FieldName, check: (value: number) => boolean, rule: string]

const between =
  (low: number, high: number, multiple = 1) =>
  (value: number): boolean =>
    value >= low && value <= high && value % multiple === 0
const powerOfTwo =
  (low: number, high: number) =>
  (value: number): boolean =>
    value >= low && value <= high && Number.isInteger(Math.log2(value))

const TiB = 1024 * GiB
/** mailbox, migration buffer and logs of the management heap (0x274000 bytes) */
const SMALLEST_HEAP = 0x274000
const flag = (field: FieldName): NumberRule => [field, between(0, 1), 'must be 0 or 1']

const NUMBERS: readonly NumberRule[] = [
  ['vgpuType', between(1, 0xffff_ffff), 'must be a type id above 0'],
  ['maxInstance', between(1, NVA081_MAX_VGPU_PER_PGPU), `must be 1 to ${NVA081_MAX_VGPU_PER_PGPU}`],
  ['numHeads', between(1, 4), 'must be 1 to 4'],
  ['maxResolutionX', between(320, 32768), 'must be 320 to 32768 pixels'],
  ['maxResolutionY', between(200, 32768), 'must be 200 to 32768 pixels'],
  ['maxPixels', between(64000, 4 * 32768 * 32768 - 1), 'must be at least 64000 pixels'],
  ['frlConfig', between(0, 1000), 'must be 0 to 1000 Hz'],
  flag('cudaEnabled'),
  flag('eccSupported'),
  ['gpuInstanceSize', between(0, 8), 'must be 0 to 8 slices'],
  flag('multiVgpuSupported'),
  ['vdevId', between(0x1_0000, 0xffff_ffff), 'must be a device id and a subsystem id of 16 bits each'],
  ['pdevId', between(1, 0xffff), 'must be a PCI device id'],
  ['profileSize', between(MiB, TiB, MiB), 'must be a whole number of MiB, 1 MiB to 1 TiB'],
  ['fbLength', between(MiB, TiB, MiB), 'must be a whole number of MiB, 1 MiB to 1 TiB'],
  ['gspHeapSize', between(SMALLEST_HEAP, TiB, 4 * KiB), 'must be a multiple of 4 KiB, at least 0x274000'],
  ['fbReservation', between(0, TiB, MiB), 'must be a whole number of MiB, at most 1 TiB'],
  ['mappableVideoSize', between(0, GiB, 4 * KiB), 'must be a multiple of 4 KiB, at most 1 GiB'],
  ['encoderCapacity', between(0, 100), 'must be 0 to 100 per cent'],
  ['bar1Length', powerOfTwo(1, 65536), 'must be a power of two, 1 to 65536 MiB'],
  flag('frlEnable'),
  flag('ftraceEnable'),
  flag('gpuDirectSupported'),
  flag('nvlinkP2PSupported'),
  flag('multiVgpuExclusive'),
  ['gpuInstanceProfileId', between(0, 0xff), 'must be 0 to 255'],
]

/** Alignment gaps before vdevId and bar1Length. */
const HOLES = [NVA081_CTRL_VGPU_INFO.fields.vdevId.offset - 4, NVA081_CTRL_VGPU_INFO.fields.bar1Length.offset - 4]

const TEXTS: readonly (readonly [field: FieldName, rule: 'named' | 'optional'])[] = [
  ['vgpuName', 'named'],
  ['vgpuClass', 'optional'],
  ['license', 'optional'],
  ['adapterName', 'optional'],
  ['shortGpuNameString', 'optional'],
  ['licensedProductName', 'optional'],
]

function textFault(view: DataView, field: FieldName, rule: 'named' | 'optional'): VgpuInfoFault | undefined {
  const { offset, layout } = NVA081_CTRL_VGPU_INFO.fields[field]
  let text = ''
  for (let index = 0; index < layout.size; index++) {
    const byte = view.getUint8(offset + index)
    if (byte === 0) {
      if (text.trim() !== '' || (rule === 'optional' && text === '')) return undefined
      return { field, offset, value: JSON.stringify(text), rule: 'must not be blank' }
    }
    if (byte < 0x20 || byte > 0x7e) {
      const value = `0x${byte.toString(16).padStart(2, '0')} after ${JSON.stringify(text)}`
      return { field, offset: offset + index, value, rule: 'must be printable ASCII' }
    }
    text += String.fromCharCode(byte)
  }
  return { field, offset, value: JSON.stringify(text), rule: 'must end with a NUL' }
}

function shown(value: bigint): string {
  return value < 10n ? String(value) : `${value} (0x${value.toString(16)})`
}

function refused(message: string): NvError {
  return new NvError({ errno: 'EINVAL', code: 'invalid-file', at: 'nvidia_vgpu_mgr check_vgpu_info', message })
}
