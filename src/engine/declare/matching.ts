import type { VfAt } from '../select.ts'
import type { VgpuGoal } from './goal.ts'

export type Answers = (wish: VgpuGoal, at: VfAt) => boolean

/**
 * Wishes that any vGPU of their kind may answer to, and the vGPUs there are: as many pairs as can be made, by augmenting
 * paths (Kuhn). Wishes that say the same have the same answers, so each way of saying it is looked through once a search;
 * a fleet of thousands alike costs about as much as one.
 */
export class Matching {
  readonly #vgpus: readonly VfAt[]
  readonly #lists = new Map<string, readonly VfAt[]>()
  readonly #wishOf = new Map<VfAt, VgpuGoal>()

  constructor(vgpus: readonly VfAt[]) {
    this.#vgpus = vgpus
  }

  get pairs(): { wish: VgpuGoal; at: VfAt }[] {
    return [...this.#wishOf].map(([at, wish]) => ({ wish, at }))
  }

  /** Finds answers for wishes; pairs made before may change partners, and none is lost. @returns wishes left without */
  match(wishes: readonly VgpuGoal[], answers: Answers): VgpuGoal[] {
    const round: Round = { answers, next: new Map(), hopeless: new Set() }
    return wishes.filter((wish) => {
      const asked = new Set<string>()
      if (this.#find(wish, round, asked)) return false
      for (const kind of asked) round.hopeless.add(kind)
      return true
    })
  }

  #find(wish: VgpuGoal, round: Round, asked: Set<string>): boolean {
    const kind = kindOf(wish)
    if (asked.has(kind) || round.hopeless.has(kind)) return false
    asked.add(kind)
    const list = this.#list(wish)
    // a vGPU that was taken stays taken, by whomever: what lies before `next` need not be looked at again
    for (let index = round.next.get(kind) ?? 0; index < list.length; index += 1) {
      const at = list[index]
      round.next.set(kind, index + 1)
      if (!at || this.#wishOf.has(at) || !round.answers(wish, at)) continue
      this.#wishOf.set(at, wish)
      return true
    }
    for (const at of list) {
      const owner = this.#wishOf.get(at)
      if (!owner || !round.answers(wish, at) || !this.#find(owner, round, asked)) continue
      this.#wishOf.set(at, wish)
      return true
    }
    return false
  }

  /** vGPUs of the type, and on the GPU, of a wish. */
  #list({ type, gpu }: VgpuGoal): readonly VfAt[] {
    const key = `${type.id} ${gpu}`
    const known = this.#lists.get(key)
    if (known) return known
    const list = this.#vgpus.filter((at) => at.vf.vgpuType === type.id && (gpu === null || gpu === at.gpu))
    this.#lists.set(key, list)
    return list
  }
}

interface Round {
  readonly answers: Answers
  /** By kind of wish, where in its list the free ones may begin. */
  readonly next: Map<string, number>
  /** Kinds for which a search failed. What such a search went through leads nowhere later either. */
  readonly hopeless: Set<string>
}

/** Wishes of a kind have the same answers. */
function kindOf({ type, gpu, vf, placementId, state, vm, guest }: VgpuGoal): string {
  return JSON.stringify([type.id, gpu, vf?.bdf, placementId, state, vm, guest])
}
