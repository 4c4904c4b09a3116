import { formatRoutingId, parseBdf } from '../../abi/pci.ts'
import { findType, nameOf } from '../find-type.ts'
import { ConfigSpace } from '../hw/config-space.ts'
import { readSriov } from '../hw/pf.ts'
import type { KnownType } from '../known-types.ts'
import { gpuIndex, stateAt } from '../select.ts'
import type { GpuState, HostState } from '../state.ts'
import type { VgpuRequest } from './desired.ts'
import { blaming, refusal } from './refusal.ts'

export interface TypeNamed {
  readonly id: number
  readonly name: string
}

/** A possible VF, enabled or not. */
export interface VfNamed {
  readonly gpu: number
  readonly index: number
  readonly bdf: string
}

/** Resolves the names in a document against a host. Each name is looked up once. */
export class Names {
  readonly #host: HostState
  readonly #types = new Map<string, TypeNamed>()
  readonly #gpus = new Map<string, number>()
  #vfs: Map<number, VfNamed> | undefined

  constructor(host: HostState) {
    this.#host = host
  }

  /** The first name that is a type's. @throws NvError not-found, about the first name */
  type(at: string, words: VgpuRequest['types']): TypeNamed {
    const [word, ...others] = words
    for (const other of [word, ...others]) {
      const type = this.#typeOrNone(other)
      if (type) return type
    }
    return blaming(at, () => named(findType(this.#host, word)))
  }

  /** @throws NvError not-found, ambiguous */
  gpu(at: string, word: string): number {
    const known = this.#gpus.get(word)
    if (known !== undefined) return known
    const index = blaming(at, () => gpuIndex(this.#host, word))
    this.#gpus.set(word, index)
    return index
  }

  /** A VF by address, GPU/index, or index when `gpu` or a single GPU is given. @throws NvError not-found, ambiguous, conflict */
  vf(at: string, word: string, gpu: number | null): VfNamed {
    const found = this.#vf(at, word, gpu)
    if (gpu === null || gpu === found.gpu) return found
    throw refusal(at, 'EINVAL', 'conflict', `VF ${word} is not one of GPU ${stateAt(this.#host, gpu).bdf}`)
  }

  #vf(at: string, word: string, gpu: number | null): VfNamed {
    const id = parseBdf(word)
    if (id !== null) {
      const found = this.#byAddress().get(id)
      if (found) return found
      throw refusal(at, 'ENODEV', 'not-found', `no GPU has a VF ${word}`, 'nvgpu gpu show')
    }
    const slash = word.lastIndexOf('/')
    const index =
      slash >= 0 ? this.gpu(at, word.slice(0, slash)) : (gpu ?? blaming(at, () => gpuIndex(this.#host, undefined)))
    const number = word.slice(slash + 1)
    const state = stateAt(this.#host, index)
    const address = /^[0-9]{1,5}$/.test(number) ? vfAddresses(state)[Number(number)] : undefined
    if (address !== undefined) return { gpu: index, index: Number(number), bdf: formatRoutingId(address) }
    throw refusal(at, 'ENODEV', 'not-found', `${state.bdf} has no VF ${number}`, 'nvgpu gpu show')
  }

  #typeOrNone(word: string): TypeNamed | undefined {
    const known = this.#types.get(word)
    if (known) return known
    try {
      const type = named(findType(this.#host, word))
      this.#types.set(word, type)
      return type
    } catch {
      // `type` repeats the lookup of the first name and throws
      return undefined
    }
  }

  #byAddress(): Map<number, VfNamed> {
    this.#vfs ??= new Map(
      [...this.#host.gpus.keys()].flatMap((gpu) =>
        vfAddresses(stateAt(this.#host, gpu)).map((id, index) => [id, { gpu, index, bdf: formatRoutingId(id) }]),
      ),
    )
    return this.#vfs
  }
}

function named(type: KnownType): TypeNamed {
  return { id: type.vgpuType, name: nameOf(type) }
}

/** Routing ids of every possible VF of a GPU. */
export function vfAddresses(gpu: GpuState): number[] {
  const sriov = readSriov(new ConfigSpace(gpu.hw.config, () => {}))
  const first = (parseBdf(gpu.bdf) ?? 0) + (sriov?.vfOffset ?? 0)
  return Array.from({ length: sriov?.totalVfs ?? 0 }, (_, index) => first + (sriov?.vfStride ?? 0) * index)
}
