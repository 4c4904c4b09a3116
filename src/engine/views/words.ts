import { typeById } from '../../catalog/vgpu-types.ts'
import { keyMaker } from '../keys.ts'
import type { HostState } from '../state.ts'
import { decodeType } from '../vgpu-mgr/types.ts'

/** 0x… in lower case, with leading zeros up to `digits`. */
export function hex(value: number, digits = 1): string {
  return digits === 1 ? spelt(value) : `0x${value.toString(16).padStart(digits, '0')}`
}

const spelt = keyMaker((value) => `0x${value.toString(16)}`)

/** A type id with its name, from overlay or catalogue. */
export function typeRef(host: Pick<HostState, 'overlay'>, id: number): { id: number; name: string } {
  const over = host.overlay.find((type) => type.vgpuType === id)
  return { id, name: over ? decodeType(over).vgpuName : (typeById(id)?.vgpuName ?? `type ${id}`) }
}
