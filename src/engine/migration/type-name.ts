import { NVA081_VGPU_STRING_BUFFER_SIZE } from '../../abi/nva081.ts'
import { shortTypeName } from '../../errors/type-name.ts'
import { utf8Bytes } from './utf8.ts'

/** The name of a type as the header of an image has it: without the vendor's words if it is longer than the field. */
export function nameInImage(name: string): string {
  return utf8Bytes(name).length > NVA081_VGPU_STRING_BUFFER_SIZE ? shortTypeName(name) : name
}
