import { alignUp } from './align.ts'
import type { AnyLayout, AnyStruct, ArrayLayout, Field } from './layout.ts'

/**
 * The byte offset of a nested member, as C's offsetof: `vgpuInfo[3].vdevId`. An index may equal the length.
 * @throws RangeError when the path names no member
 */
export function offsetOf(outer: AnyStruct, path: string): number {
  let layout: AnyLayout = outer
  let offset = 0
  for (const [part, index, member] of path.matchAll(/\[(\d+)\]|\.?([^.[\]]+)|./gs)) {
    if (index !== undefined && isArray(layout) && Number(index) <= layout.length) {
      offset += Number(index) * alignUp(layout.element.size, layout.element.align)
      layout = layout.element
      continue
    }
    const field: Field | undefined =
      member !== undefined && isStruct(layout) ? fieldNamed(layout.fields, member) : undefined
    if (!field) throw new RangeError(`${outer.name} has no ${path} (at ${part})`)
    offset += field.offset
    layout = field.layout
  }
  return offset
}

function fieldNamed(fields: Readonly<Record<string, Field>>, name: string): Field | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined
}

function isStruct(layout: AnyLayout): layout is AnyStruct {
  return 'fields' in layout
}

function isArray(layout: AnyLayout): layout is ArrayLayout<unknown, unknown> {
  return 'element' in layout
}
