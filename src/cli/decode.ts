import type { AnyStruct } from '../abi/layout.ts'
import { STRUCTS } from '../abi/structs.ts'
import { usageError } from '../app/usage.ts'
import type { FieldView } from '../contract/views/gsp.ts'
import { nearest } from '../errors/nearest.ts'
import type { View } from '../render/answer.ts'

export const FIELDS: View<FieldView> = {
  kind: 'fields',
  name: (field) => field.field,
  columns: [
    { head: 'OFFSET', text: (field) => `0x${field.offset.toString(16)}`, right: true },
    { head: 'SIZE', text: (field) => String(field.size), right: true },
    { head: 'FIELD', text: (field) => field.field },
    { head: 'VALUE', text: (field) => field.value, shrink: 0 },
  ],
  fields: [['offset', 'B'], ['size', 'B'], 'field', 'value'],
}

/** The structure with this name, in any case. @throws NvError syntax with the nearest names */
export function findStruct(name: string): AnyStruct {
  const wanted = name.toLowerCase()
  for (const [known, struct] of STRUCTS) if (known.toLowerCase() === wanted) return struct
  const near = nearest(name, [...STRUCTS.keys()])
  throw usageError(`there is no structure '${name}'${near.length > 0 ? `; nearest: ${near.join(', ')}` : ''}`, {
    hint: `nvgpu gsp decode ${near[0] ?? 'GSP_VF_INFO'}`,
  })
}

/**
 * Every field with its offset; arrays and nested structures are expanded. Zero elements of arrays are left out unless
 * `all`.
 */
export function decodeFields(struct: AnyStruct, bytes: Uint8Array, all: boolean): FieldView[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return walk(struct, view, 0, '', all)
}

function walk(struct: AnyStruct, view: DataView, base: number, prefix: string, all: boolean): FieldView[] {
  return Object.entries(struct.fields).flatMap(([name, { offset, layout }]) =>
    leaf(layout, view, base + offset, `${prefix}${name}`, all),
  )
}

interface LayoutLike {
  readonly size: number
  read(view: DataView, offset: number): unknown
}

function leaf(layout: LayoutLike, view: DataView, at: number, field: string, all: boolean): FieldView[] {
  if (isStruct(layout)) return walk(layout, view, at, `${field}.`, all)
  if (isArray(layout)) {
    const stride = layout.size / layout.length
    return Array.from({ length: layout.length }, (_, i) => i).flatMap((i) => {
      const inner = at + i * stride
      return !all && i > 0 && zero(view, inner, stride) ? [] : leaf(layout.element, view, inner, `${field}[${i}]`, all)
    })
  }
  const value = layout.read(view, at)
  return [
    { offset: at, size: layout.size, field, value: shown(value), number: typeof value === 'number' ? value : null },
  ]
}

function isStruct(layout: LayoutLike): layout is AnyStruct {
  return 'fields' in layout
}

function isArray(layout: LayoutLike): layout is LayoutLike & { element: LayoutLike; length: number } {
  return 'element' in layout && 'length' in layout
}

function zero(view: DataView, at: number, size: number): boolean {
  for (let i = 0; i < size; i += 1) if (view.getUint8(at + i) !== 0) return false
  return true
}

function shown(value: unknown): string {
  if (typeof value === 'number') return value < 10 ? String(value) : `${value} (0x${value.toString(16)})`
  if (typeof value === 'bigint') return `0x${value.toString(16)}`
  if (value instanceof Uint8Array) return [...value].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

/** All structures, with their sizes. */
export function structList(): { name: string; size: number }[] {
  return [...STRUCTS.values()].map(({ name, size }) => ({ name, size }))
}

export const STRUCT_LIST: View<{ name: string; size: number }> = {
  kind: 'structs',
  name: (struct) => struct.name,
  columns: [
    { head: 'STRUCTURE', text: (struct) => struct.name },
    { head: 'BYTES', text: (struct) => String(struct.size), right: true },
  ],
  fields: ['name', ['size', 'B']],
}
