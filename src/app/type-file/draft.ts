import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'

/** A member of NVA081_CTRL_VGPU_INFO. */
export type FieldName = keyof typeof NVA081_CTRL_VGPU_INFO.fields

/** A type in a text file, before it is encoded. */
export interface Draft {
  /** start of the description: "line 12" or "types[3]" */
  readonly where: string
  readonly values: Map<FieldName, Placed>
}

/** One value and its place. Numbers are parsed; the encoder checks the rest. */
export interface Placed {
  readonly where: string
  readonly value: number | string | readonly number[]
}

/** Whether `name` is NVIDIA's name of a member. */
export function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(NVA081_CTRL_VGPU_INFO.fields, name)
}

/** NVIDIA's names of all members. */
export function fieldNames(): string[] {
  return Object.keys(NVA081_CTRL_VGPU_INFO.fields)
}

const TEXT_FIELDS: readonly string[] = [
  'vgpuName',
  'vgpuClass',
  'license',
  'adapterName',
  'shortGpuNameString',
  'licensedProductName',
]

/** The form of a member in a text file. */
export function kindOf(field: FieldName): 'text' | 'hex' | 'list' | 'number' {
  if (TEXT_FIELDS.includes(field)) return 'text'
  if (field === 'vgpuSignature') return 'hex'
  return field === 'vgpuExtraParams' || field === 'adapterName_Unicode' ? 'list' : 'number'
}

/**
 * A number: decimal or 0x…, no sign, no fraction, at most 2^53 - 1; true and false count as 1 and 0.
 * @returns undefined for anything else
 */
export function parseNumber(text: string): number | undefined {
  const plain = text.trim().toLowerCase()
  if (plain === 'true') return 1
  if (plain === 'false') return 0
  if (!/^(?:0x[0-9a-f]+|\d+)$/.test(plain)) return undefined
  const value = Number(plain)
  return Number.isSafeInteger(value) ? value : undefined
}
