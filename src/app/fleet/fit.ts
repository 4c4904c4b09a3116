import type { FleetFitView } from '../../contract/views/fleet.ts'
import { fits } from '../../engine/capacity.ts'
import { shortTypeName } from '../../errors/type-name.ts'
import type { Filled, GpuRun } from '../../planner/gpu-pool.ts'
import { ANY } from '../../planner/gpu-states.ts'
import { type FleetModel, gpuOf } from './model.ts'
import { type FleetType, fleetType, fleetTypes } from './types.ts'

export interface FleetRequest {
  readonly type: string
  readonly count: number
}

/**
 * Places vGPUs on a fleet, the largest type first, and leaves them there. Each type fills one GPU before the next, the
 * tightest GPUs first. `exact` is false where vGPUs are missing although each type alone has room: another order might
 * place them.
 * @throws NvError not-found (type)
 */
export function fleetFit(model: FleetModel, requests: readonly FleetRequest[]): FleetFitView {
  const types = fleetTypes(model)
  const asked = eachOnce(requests.map(({ type, count }) => ({ ...fleetType(types, type), count })))
  const why = asked.map((wanted) => reasonsOf(model, wanted))
  const alone = asked.map(({ type }) => model.pool.room(type.vgpuType))
  const order = [...asked.keys()].sort((a, b) => (asked[b]?.type.size ?? 0) - (asked[a]?.type.size ?? 0) || a - b)
  const placed: Filled[] = []
  const missing = new Map<number, number>()
  for (const index of order) {
    const wanted = asked[index]
    if (wanted === undefined) continue
    const { filled, left } = model.pool.place(wanted.type.vgpuType, wanted.count)
    placed.push(...filled)
    if (left > 0) missing.set(index, left)
  }
  const ref = ({ type }: FleetType) => ({ id: type.vgpuType < 0 ? null : type.vgpuType, name: type.name })
  const byId = new Map(asked.map((wanted) => [wanted.type.vgpuType, ref(wanted)]))
  return {
    asked: asked.map((wanted) => ({ vgpuType: ref(wanted), count: wanted.count })),
    fits: missing.size === 0,
    exact: missing.size === 0 || asked.some(({ count }, index) => count > (alone[index] ?? 0)),
    placed: placed.map((filled) => {
      const vgpuType = byId.get(filled.vgpuType) ?? { id: null, name: '' }
      return { vgpuType, ...placeOf(model, filled), each: filled.places.length, ...idsOf(model, filled) }
    }),
    missing: [...missing].flatMap(([index, count]) => {
      const wanted = asked[index]
      return wanted === undefined ? [] : [{ vgpuType: ref(wanted), count }]
    }),
    why: [...missing.keys()].flatMap((index) => why[index]?.() ?? []),
  }
}

/** Types that are asked several times, asked once. */
function eachOnce<T extends FleetType & { count: number }>(asked: readonly T[]): T[] {
  const byType = new Map<string, T>()
  for (const wanted of asked) {
    const key = `${wanted.board} ${wanted.type.vgpuType}`
    byType.set(key, { ...wanted, count: wanted.count + (byType.get(key)?.count ?? 0) })
  }
  return [...byType.values()]
}

function placeOf({ parts }: FleetModel, { part: number, from, count }: GpuRun) {
  const part = parts[number] ?? { name: '', hosts: 0, gpus: 1 }
  return { part: part.name, from: gpuOf(part, from), to: gpuOf(part, from + count - 1), gpus: count }
}

/** A type that needs a GPU instance is one with MIG on only. */
function idsOf({ rules }: FleetModel, { vgpuType, places }: Filled) {
  const ids = places.filter((place) => place !== ANY)
  const onInstances = rules.some(({ mode, types }) => mode === 'mig' && types.has(vgpuType))
  return { placementIds: onInstances ? [] : ids, gpuInstances: onInstances ? ids : [] }
}

/** The reason of the engine against one more of a type, for each state of GPUs as they are now; worked out when called. */
function reasonsOf(model: FleetModel, wanted: FleetType): () => FleetFitView['why'] {
  const { states, samples, parts } = model
  const { type, board } = wanted
  const classes = [...model.pool.classes()].map(({ state, runs, gpus }) => ({ state, gpus, runs: [...runs] }))
  return () =>
    classes.flatMap(({ state, gpus, runs }) => {
      const { rules } = states.space(state)
      if (rules.board !== board) return []
      const sample = samples.get(state)
      const each = states.room(state, type.vgpuType)
      const most = `a GPU has at most ${type.most} ${shortTypeName(type.name)}`
      const reason = sample === undefined ? most : fits(sample.host, sample.index, type.vgpuType).reason
      const names = [...new Set(runs.map(({ part }) => parts[part]?.name ?? ''))]
      return [
        {
          vgpuType: { id: type.vgpuType < 0 ? null : type.vgpuType, name: type.name },
          parts: names,
          gpus,
          each,
          reason,
        },
      ]
    })
}
