import { formatRoutingId } from '../../abi/pci.ts'
import { boardOf } from '../board-of.ts'
import { knownType } from '../known-types.ts'
import { configured, stateAt } from '../select.ts'
import type { HostDiff, KeptVgpu } from './diff.ts'
import { idOf } from './layout.ts'
import { vfAddresses } from './names.ts'
import type { ResolvedVgpu } from './resolve-vgpu.ts'
import { remade } from './vgpu-steps.ts'

/** GPU and VF of each vGPU that is to be created. */
export class Places {
  readonly #diff: HostDiff
  /** VFs that a request names or that stay in use. */
  readonly #taken: Set<string>
  readonly #placementsStay: boolean
  readonly #sizes = new Map<number, number>()

  constructor(diff: HostDiff) {
    this.#diff = diff
    const { desired, kept, missing, surplus } = diff
    const anew = kept.filter(({ effort }) => effort === 'anew')
    const leave = new Set([...surplus, ...anew.map(({ at }) => at)].map(({ vf }) => vf.bdf))
    const stay = configured(desired.base).filter(({ vf }) => !leave.has(vf.bdf))
    this.#taken = new Set([...stay.map(({ vf }) => vf.bdf), ...desired.vgpus.flatMap(({ vf }) => vf?.bdf ?? [])])
    const unsettled = [...missing, ...anew.map(({ request }) => request)]
    this.#placementsStay = unsettled.every(({ placementId }) => placementId === undefined)
  }

  /** The request of a vGPU that is recreated. It keeps its place unless another request has it or the VF is gone. */
  remembered(one: KeptVgpu): ResolvedVgpu {
    const { desired } = this.#diff
    const request = remade(desired.base, one)
    const { gpu, vf } = one.at
    if (request.gpu !== null && request.gpu !== gpu) return request
    const settings = desired.gpus[gpu]
    const stays = request.vf === null && vf.index < (settings?.wanted.vfs ?? 0) && !this.#taken.has(vf.bdf)
    if (stays) this.#taken.add(vf.bdf)
    const sameGrid = settings?.is.heterogeneous === settings?.wanted.heterogeneous && request.type.id === vf.vgpuType
    const { placementId } = vf
    const placed = sameGrid && this.#placementsStay && placementId !== null
    const instance = vf.gpuInstanceId
    const hasInstance = settings?.wanted.layout.some((part) => idOf(part) === instance) === true
    return {
      ...request,
      gpu,
      ...(stays ? { vf: { gpu, index: vf.index, bdf: vf.bdf } } : {}),
      ...(placed ? { placementId } : {}),
      ...(hasInstance && instance !== null && request.type.id === vf.vgpuType ? { gpuInstance: instance } : {}),
    }
  }

  gpu({ gpu }: ResolvedVgpu): string | null {
    return gpu === null ? null : stateAt(this.#diff.desired.base, gpu).bdf
  }

  /** The VF of a request. A request with a placement is created early and must not take the VF of another request. */
  vf({ gpu, vf, placementId }: ResolvedVgpu): string | null {
    if (vf !== null) return vf.bdf
    if (gpu === null || placementId === undefined) return null
    const { base, gpus } = this.#diff.desired
    const enabled = vfAddresses(stateAt(base, gpu)).slice(0, gpus[gpu]?.wanted.vfs ?? 0)
    const free = enabled.map(formatRoutingId).find((bdf) => !this.#taken.has(bdf))
    if (free === undefined) return null
    this.#taken.add(free)
    return free
  }

  /** Profile size of the requested type, bytes. */
  size({ gpu, type }: ResolvedVgpu): number {
    const known = this.#sizes.get(type.id)
    if (known !== undefined) return known
    const { base } = this.#diff.desired
    const size = knownType(base, boardOf(stateAt(base, gpu ?? 0)), type.id)?.profileSize ?? 0
    this.#sizes.set(type.id, size)
    return size
  }
}
