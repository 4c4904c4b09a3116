import { alignUp, GiB, MiB } from '../../abi/align.ts'
import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import { findVgpuInfoFault } from '../../catalog/check-vgpu-info.ts'
import { vgpuSignature } from '../../catalog/vgpu-info.ts'
import { type Draft, type FieldName, kindOf, type Placed } from './draft.ts'
import { fileError } from './refuse.ts'

/**
 * The record of a described type. Members that the description leaves out are zero, except
 * - `vgpuSignature`: generated from the id;
 * - `profileSize`: the GiB in the name ("L40-4Q": 4 GiB), else framebuffer, reservation and heap together;
 * - `maxPixels`: every head at its largest;
 * - `pdevId`: the device id in `vdevId`, since a guest sees the PF's;
 * - `frlEnable`: 1 with a frame rate limit.
 * @throws NvError invalid-file with the place and the field
 */
export function encodeDraft(file: string, draft: Draft): { blob: Uint8Array; derived: readonly string[] } {
  const blob = new Uint8Array(NVA081_CTRL_VGPU_INFO.size)
  for (const [field, placed] of draft.values) put(file, blob, field, placed)
  const derived = fillIn(draft, blob)
  const fault = findVgpuInfoFault(blob, 0)
  if (!fault) return { blob, derived: [...derived] }
  const { field, value, rule } = fault
  const placed = [...draft.values].find(([name]) => name === field)?.[1]
  if (placed) throw fileError(file, `${placed.where}: ${field} is ${value}: it ${rule}`)
  if (derived.has(field)) throw fileError(file, `${draft.where}: ${field} is missing and comes to ${value}: it ${rule}`)
  throw fileError(file, `${draft.where}: ${field} is missing: it ${rule}`)
}

function fillIn({ values }: Draft, blob: Uint8Array): ReadonlySet<string> {
  const get = (field: NumberField): number => NVA081_CTRL_VGPU_INFO.get(blob, field)
  const derived = new Set<string>()
  const derive = (field: NumberField, value: number): void => {
    if (values.has(field)) return
    derived.add(field)
    NVA081_CTRL_VGPU_INFO.set(blob, field, value)
  }
  if (!values.has('vgpuSignature')) NVA081_CTRL_VGPU_INFO.set(blob, 'vgpuSignature', vgpuSignature(get('vgpuType')))
  const [, size] = /-(\d{1,3})[A-Z]+$/.exec(NVA081_CTRL_VGPU_INFO.get(blob, 'vgpuName')) ?? []
  const sum = get('fbLength') + get('fbReservation') + get('gspHeapSize')
  derive('profileSize', size === undefined ? alignUp(Math.min(sum, 1024 * GiB), MiB) : Number(size) * GiB)
  derive('maxPixels', Math.min(0xffff_ffff, get('numHeads') * get('maxResolutionX') * get('maxResolutionY')))
  derive('pdevId', Math.floor(get('vdevId') / 0x1_0000))
  derive('frlEnable', get('frlConfig') > 0 ? 1 : 0)
  return derived
}

type NumberField =
  | 'vgpuType'
  | 'profileSize'
  | 'fbLength'
  | 'fbReservation'
  | 'gspHeapSize'
  | 'maxPixels'
  | 'numHeads'
  | 'maxResolutionX'
  | 'maxResolutionY'
  | 'pdevId'
  | 'vdevId'
  | 'frlEnable'
  | 'frlConfig'

function put(file: string, blob: Uint8Array, field: FieldName, { where, value }: Placed): void {
  const { layout, offset } = NVA081_CTRL_VGPU_INFO.fields[field]
  const converted = kindOf(field) === 'hex' && typeof value === 'string' ? fromHex(value) : value
  if (converted === undefined) throw fileError(file, `${where}: ${field} is not a row of hex digits`)
  if (typeof converted === 'string' && converted.length >= layout.size) {
    throw fileError(file, `${where}: ${field} has ${converted.length} characters, ${layout.size - 1} fit`)
  }
  try {
    layout.write(new DataView(blob.buffer, blob.byteOffset, blob.length), offset, converted)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw fileError(file, `${where}: ${field}: ${cause.message}`, cause)
  }
}

function fromHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/\s/g, '').replace(/^0x/i, '')
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) return undefined
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16),
  )
}
