import { formatRoutingId } from '../../abi/pci.ts'
import { boardOf } from '../board-of.ts'
import { knownType } from '../known-types.ts'
import { configured, stateAt } from '../select.ts'
import type { Comparison, KeptVgpu } from './compare.ts'
import type { VgpuGoal } from './goal.ts'
import { vfAddresses } from './names.ts'
import { remade } from './vgpu-steps.ts'

/** Where vGPUs that are to be created go. */
export class Places {
  readonly #comparison: Comparison
  /** VFs that are spoken for, or stay taken. */
  readonly #taken: Set<string>
  readonly #placementsStay: boolean
  readonly #sizes = new Map<number, number>()

  constructor(comparison: Comparison) {
    this.#comparison = comparison
    const { goal, kept, missing, surplus } = comparison
    const anew = kept.filter(({ effort }) => effort === 'anew')
    const leave = new Set([...surplus, ...anew.map(({ at }) => at)].map(({ vf }) => vf.bdf))
    const stay = configured(goal.base).filter(({ vf }) => !leave.has(vf.bdf))
    this.#taken = new Set([...stay.map(({ vf }) => vf.bdf), ...goal.vgpus.flatMap(({ vf }) => vf?.bdf ?? [])])
    const unsettled = [...missing, ...anew.map(({ wish }) => wish)]
    this.#placementsStay = unsettled.every(({ placementId }) => placementId === undefined)
  }

  /** The wish of a vGPU that is made anew: it goes where it was, unless that is for another one, or gone. */
  remembered(one: KeptVgpu): VgpuGoal {
    const { goal } = this.#comparison
    const wish = remade(goal.base, one)
    const { gpu, vf } = one.at
    if (wish.gpu !== null && wish.gpu !== gpu) return wish
    const settings = goal.gpus[gpu]
    const stays = wish.vf === null && vf.index < (settings?.wanted.vfs ?? 0) && !this.#taken.has(vf.bdf)
    if (stays) this.#taken.add(vf.bdf)
    const sameGrid = settings?.is.heterogeneous === settings?.wanted.heterogeneous && wish.type.id === vf.vgpuType
    const { placementId } = vf
    const placed = sameGrid && this.#placementsStay && placementId !== null
    return {
      ...wish,
      gpu,
      ...(stays ? { vf: { gpu, index: vf.index, bdf: vf.bdf } } : {}),
      ...(placed ? { placementId } : {}),
    }
  }

  gpu({ gpu }: VgpuGoal): string | null {
    return gpu === null ? null : stateAt(this.#comparison.goal.base, gpu).bdf
  }

  /** The VF of a wish. One with a placement is created early, so it must not take a VF that another one is for. */
  vf({ gpu, vf, placementId }: VgpuGoal): string | null {
    if (vf !== null) return vf.bdf
    if (gpu === null || placementId === undefined) return null
    const { base, gpus } = this.#comparison.goal
    const enabled = vfAddresses(stateAt(base, gpu)).slice(0, gpus[gpu]?.wanted.vfs ?? 0)
    const free = enabled.map(formatRoutingId).find((bdf) => !this.#taken.has(bdf))
    if (free === undefined) return null
    this.#taken.add(free)
    return free
  }

  /** Profile size of the type of a wish, bytes. */
  size({ gpu, type }: VgpuGoal): number {
    const known = this.#sizes.get(type.id)
    if (known !== undefined) return known
    const { base } = this.#comparison.goal
    const size = knownType(base, boardOf(stateAt(base, gpu ?? 0)), type.id)?.profileSize ?? 0
    this.#sizes.set(type.id, size)
    return size
  }
}
