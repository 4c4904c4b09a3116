import { count, described, flag, hex, type Infer, integer, number, object, oneOf, text } from './schema.ts'

export const typeRef = object({ id: integer, name: text })
export const region = object({
  name: text,
  addr: hex,
  size: described(count, 'bytes'),
})
export type RegionView = Infer<typeof region>

export const bar = object({
  index: count,
  addr: hex,
  size: described(count, 'bytes'),
  bits: oneOf(32, 64),
  prefetchable: flag,
})
export const opener = object({ vm: text, pid: count })
export const attr = object({ name: text, value: text })
export const use = object({
  gpu: described(number, 'percent'),
  memory: described(number, 'percent'),
  encoder: described(number, 'percent'),
  decoder: described(number, 'percent'),
})
/** Percent. */
export type UtilisationView = Infer<typeof use>

/** Microseconds of virtual time. */
export const moment = described(count, 'virtual time, microseconds')
