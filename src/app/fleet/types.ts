import { nearest } from '../../errors/nearest.ts'
import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import { shortTypeName } from '../../errors/type-name.ts'
import type { PlannedType } from '../../planner/gpu-rules.ts'
import type { FleetModel } from './model.ts'

/** A type of the fleet, with its board. */
export interface FleetType {
  readonly type: PlannedType
  readonly board: string
}

/** All types of the fleet's GPUs, by board and in NVIDIA's order. A type is there once, whatever the modes of its GPUs. */
export function fleetTypes({ rules }: Pick<FleetModel, 'rules'>): FleetType[] {
  const found = new Map<string, FleetType>()
  for (const { board, types } of rules)
    for (const type of types.values()) {
      const key = `${board} ${type.vgpuType}`
      if (!found.has(key)) found.set(key, { type, board })
    }
  return [...found.values()]
}

/** The type of that name or number. @throws NvError not-found with the nearest names */
export function fleetType(types: readonly FleetType[], word: string): FleetType {
  const plain = shortTypeName(word)
    .toLowerCase()
    .replace(/^nvidia-(?=\d)/, '')
  const found = types.find(
    ({ type }) => shortTypeName(type.name).toLowerCase() === plain || String(type.vgpuType) === plain,
  )
  if (found !== undefined) return found
  const names = types.map(({ type }) => shortTypeName(type.name))
  const near = nearest(
    plain,
    names.map((name) => name.toLowerCase()),
  ).flatMap((low) => names.find((name) => name.toLowerCase() === low) ?? [])
  throw new NvError({
    errno: 'ENODEV',
    code: 'not-found',
    at: 'fleet',
    message: `no GPU of the fleet has a vGPU type "${word}"${near.length > 0 ? `; nearest: ${near.join(', ')}` : ''}`,
    hint: near[0] === undefined ? 'nvgpu fleet list' : `nvgpu fleet fit ${shellQuote(near[0])}`,
    object: word,
  })
}
