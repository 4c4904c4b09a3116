import { shortTypeName } from '../errors/type-name.ts'
import { type ListedType, parseListed } from './listed-type.ts'
import { NEWER_TYPES } from './listed-types-newer.ts'
import { OLDER_TYPES } from './listed-types-older.ts'

/** The types of all listed boards, in NVIDIA's order. */
export function listedTypes(): readonly ListedType[] {
  parsed ??= [...parseListed(OLDER_TYPES), ...parseListed(NEWER_TYPES)]
  return parsed
}

let parsed: readonly ListedType[] | undefined

/**
 * The type of a listed board by id or name; NVIDIA and GRID are optional, and the last word of a name of several words is
 * enough, as in vgpu-device-manager ("DC-48Q").
 */
export function listedTypeByName(word: string): ListedType | undefined {
  const plain = shortTypeName(word).toLowerCase()
  const short = ({ name }: ListedType) => shortTypeName(name).toLowerCase()
  const types = listedTypes()
  return (
    types.find((type) => short(type) === plain || (type.id !== null && String(type.id) === plain)) ??
    types.find((type) => short(type).split(' ').at(-1) === plain)
  )
}
