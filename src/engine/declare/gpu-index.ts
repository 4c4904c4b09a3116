import { type Finder, stateAt } from '../select.ts'
import type { HostState } from '../state.ts'

/**
 * Index of all GPUs of a host by the names on them: addresses, UUIDs, names of vGPUs and of VMs. A name stays in the index
 * when it goes from its GPU: the search reads the GPU anyway.
 */
export class GpuIndex implements Finder {
  readonly #host: HostState
  readonly #gpus = new Map<string, Set<number>>()

  constructor(host: HostState) {
    this.#host = host
    for (const index of host.gpus.keys()) this.update(index)
  }

  candidates(words: readonly string[]): Iterable<number> {
    return new Set(words.flatMap((word) => [...(this.#gpus.get(word) ?? [])]))
  }

  /** Adds the new names on a GPU. */
  update(index: number): void {
    const { bdf, uuid, vfs } = stateAt(this.#host, index)
    const gpu = uuid.toLowerCase()
    for (const name of [bdf, gpu, gpu.slice('gpu-'.length)]) this.#add(name, index)
    for (const vf of vfs) for (const name of [vf.bdf, vf.uuid, vf.name, vf.opened?.vm]) this.#add(name, index)
  }

  #add(name: string | null | undefined, index: number): void {
    if (typeof name !== 'string') return
    const known = this.#gpus.get(name)
    if (known) known.add(index)
    else this.#gpus.set(name, new Set([index]))
  }
}
