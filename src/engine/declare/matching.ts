import type { VfAt } from '../select.ts'
import type { ResolvedVgpu } from './resolve-vgpu.ts'

export type Answers = (request: ResolvedVgpu, at: VfAt) => boolean

/**
 * Maximum bipartite matching of requests and vGPUs by augmenting paths (Kuhn). Equal requests have the same candidates, so
 * a search visits each kind of request once.
 */
export class Matching {
  readonly #vgpus: readonly VfAt[]
  readonly #lists = new Map<string, readonly VfAt[]>()
  readonly #requestOf = new Map<VfAt, ResolvedVgpu>()

  constructor(vgpus: readonly VfAt[]) {
    this.#vgpus = vgpus
  }

  get pairs(): { request: ResolvedVgpu; at: VfAt }[] {
    return [...this.#requestOf].map(([at, request]) => ({ request, at }))
  }

  /** Adds pairs for requests. A matched vGPU stays matched, perhaps to another request. @returns requests without a vGPU */
  match(requests: readonly ResolvedVgpu[], answers: Answers): ResolvedVgpu[] {
    const round: Round = { answers, next: new Map(), hopeless: new Set() }
    return requests.filter((request) => {
      const asked = new Set<string>()
      if (this.#find(request, round, asked)) return false
      for (const kind of asked) round.hopeless.add(kind)
      return true
    })
  }

  #find(request: ResolvedVgpu, round: Round, asked: Set<string>): boolean {
    const kind = kindOf(request)
    if (asked.has(kind) || round.hopeless.has(kind)) return false
    asked.add(kind)
    const list = this.#list(request)
    // a matched vGPU stays matched, so the free ones begin at `next`
    for (let index = round.next.get(kind) ?? 0; index < list.length; index += 1) {
      const at = list[index]
      round.next.set(kind, index + 1)
      if (!at || this.#requestOf.has(at) || !round.answers(request, at)) continue
      this.#requestOf.set(at, request)
      return true
    }
    for (const at of list) {
      const owner = this.#requestOf.get(at)
      if (!owner || !round.answers(request, at) || !this.#find(owner, round, asked)) continue
      this.#requestOf.set(at, request)
      return true
    }
    return false
  }

  /** vGPUs with the type and GPU of a request. */
  #list({ type, gpu }: ResolvedVgpu): readonly VfAt[] {
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
  /** By kind of request: index in its list before which no vGPU is free. */
  readonly next: Map<string, number>
  /** Kinds visited by a failed search. A later search through them fails too. */
  readonly hopeless: Set<string>
}

/** Requests of one kind have the same candidates. */
function kindOf({ type, gpu, vf, placementId, gpuInstance, state, vm, guest }: ResolvedVgpu): string {
  return JSON.stringify([type.id, gpu, vf?.bdf, placementId, gpuInstance, state, vm, guest])
}
