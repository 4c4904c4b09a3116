import { count, described, flag, hex, integer, number, object, oneOf, text } from './build.ts'

export const typeRef = object<{ id: number; name: string }>({ id: integer, name: text })
export const region = object<{ name: string; addr: string; size: number }>({
  name: text,
  addr: hex,
  size: described(count, 'bytes'),
})
export const bar = object<{ index: number; addr: string; size: number; bits: 32 | 64; prefetchable: boolean }>({
  index: count,
  addr: hex,
  size: described(count, 'bytes'),
  bits: oneOf(32, 64),
  prefetchable: flag,
})
export const opener = object<{ vm: string; pid: number }>({ vm: text, pid: count })
export const attr = object<{ name: string; value: string }>({ name: text, value: text })
export const use = object<{ gpu: number; memory: number; encoder: number; decoder: number }>({
  gpu: described(number, 'percent'),
  memory: described(number, 'percent'),
  encoder: described(number, 'percent'),
  decoder: described(number, 'percent'),
})
/** Microseconds of virtual time. */
export const moment = described(count, 'virtual time, microseconds')
