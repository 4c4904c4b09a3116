import type { Context } from '../app/context.ts'
import { type Profile, profileOf } from '../catalog/profiles.ts'
import { STATE } from '../contract/state-contract.ts'
import type { TypeView } from '../contract/views/type.ts'
import { boardOf } from '../engine/board-of.ts'
import { knownType } from '../engine/known-types.ts'
import { newHost } from '../engine/new-host.ts'
import type { PlacedType } from '../engine/placement/grid.ts'
import { findWith, stateAt } from '../engine/select.ts'
import { answers, smiView } from '../engine/smi/facts.ts'
import { smiMigGpus } from '../engine/smi/mig.ts'
import { smiTypes } from '../engine/smi/types.ts'
import type { SmiGpuView, SmiMigGpu, SmiTypeView, SmiVgpuView } from '../engine/smi/view.ts'
import type { HostState } from '../engine/state.ts'
import { typeViews } from '../engine/views/type.ts'
import { Growth } from '../store/growth.ts'
import { placeOf, readState } from '../store/read.ts'
import { NvmlError } from './error.ts'

const SECOND_US = 1_000_000

/** Values of one kind, each made on first use, until the host or the second changes. */
class Kept<T> {
  readonly #values = new Map<number, T>()

  of(key: number, make: () => T): T {
    const known = this.#values.get(key)
    if (known !== undefined) return known
    const made = make()
    this.#values.set(key, made)
    return made
  }

  clear(): void {
    this.#values.clear()
  }
}

/** The views of the host that answer the calls. The log tells whether they are still true; the load changes each second. */
export class Facts {
  readonly #context: Context
  readonly #still: boolean
  readonly #growth: Growth
  readonly #started: number
  #state: HostState = newHost()
  #second = -1
  #loads = 0
  readonly #gpus = new Kept<SmiGpuView>()
  readonly #types = new Kept<SmiTypeView[]>()
  readonly #mig = new Kept<SmiMigGpu | null>()
  #vgpus: ReadonlyMap<number, SmiVgpuView> | undefined
  #allTypes: readonly TypeView[] | undefined

  /** @param still the load is that of the host's own time, as in `nvgpu query`; else time passes, as on a screen */
  constructor(context: Context, { still, began }: { still: boolean; began: Date }) {
    this.#context = context
    this.#still = still
    this.#growth = new Growth(context.settings.stateDir)
    this.#started = began.getTime()
  }

  /** Takes in what has changed since the last time. */
  follow(): void {
    if (this.#growth.changed()) this.#load()
  }

  /** The state as of the last `follow`, for reading. */
  get state(): HostState {
    return this.#state
  }

  /** Another text whenever a value of the host may be another: with the log, and each second. */
  get moment(): string {
    return `${this.#loads} ${Math.floor((this.#state.now + this.after) / SECOND_US)}`
  }

  /** Microseconds since the server started, while time passes. */
  get after(): number {
    return this.#still ? 0 : (this.#context.io.now().getTime() - this.#started) * 1000
  }

  /** NVML's clock: microseconds since 1970, or the host's own time. */
  get clock(): number {
    return this.#still ? this.state.now : this.#context.io.now().getTime() * 1000
  }

  /** Time of the newest sample, in NVML's clock: the beginning of the current second, and never 0. */
  get sampleTime(): number {
    return Math.max(1, Math.floor(this.clock / SECOND_US) * SECOND_US)
  }

  /** Number of GPUs, lost ones included. */
  get count(): number {
    return this.state.gpus.length
  }

  /** Whether NVML finds the GPU: its driver is bound and its firmware runs. */
  isUp(index: number): boolean {
    return answers(stateAt(this.state, index))
  }

  /** @throws NvmlError INVALID_ARGUMENT, GPU_IS_LOST (unbound, or its firmware is down) */
  gpu(index: number): SmiGpuView {
    const { state } = this
    if (index >= state.gpus.length) throw new NvmlError('INVALID_ARGUMENT')
    const { after } = this
    this.#move(after)
    return this.#gpus.of(index, () => {
      const [view] = smiView(state, [index], after).gpus
      if (view === undefined) throw new NvmlError('GPU_IS_LOST')
      return view
    })
  }

  /** Drops what is not of this second. */
  #move(after: number): void {
    const second = Math.floor((this.#state.now + after) / SECOND_US)
    if (second === this.#second) return
    this.#second = second
    this.#gpus.clear()
    this.#vgpus = undefined
  }

  /** Running vGPUs of the GPUs that are up. */
  vgpus(): SmiVgpuView[] {
    return Array.from({ length: this.count }, (_, index) => index)
      .filter((index) => this.isUp(index))
      .flatMap((index) => this.gpu(index).vgpus)
  }

  /** @throws NvmlError INVALID_ARGUMENT for 0, NOT_FOUND for a vGPU that does not run */
  vgpu(id: number): SmiVgpuView {
    if (id === 0) throw new NvmlError('INVALID_ARGUMENT')
    this.#move(this.after)
    this.#vgpus ??= new Map(this.vgpus().map((vgpu) => [vgpu.vgpuId, vgpu]))
    const found = this.#vgpus.get(id)
    if (found === undefined) throw new NvmlError('NOT_FOUND')
    return found
  }

  /** Types of a GPU, in NVIDIA's order, as `smi vgpu -s` lists them. */
  typesOf(index: number): SmiTypeView[] {
    const { state } = this
    return this.#types.of(index, () => smiTypes(state, index))
  }

  /** GPU instances of a GPU and their profiles, as `smi mig` lists them; null without MIG. */
  mig(index: number): SmiMigGpu | null {
    const { state } = this
    return this.#mig.of(index, () => smiMigGpus(state, [index])[0] ?? null)
  }

  /** The type of that number on any GPU, as `types show` has it. @throws NvmlError INVALID_ARGUMENT */
  type(id: number): TypeView {
    const { state } = this
    this.#allTypes ??= typeViews(state)
    const found = this.#allTypes.find((type) => type.id === id)
    if (found === undefined) throw new NvmlError('INVALID_ARGUMENT')
    return found
  }

  /** The same type as nvidia-smi shows it, on the first GPU that has it. */
  smiType(id: number): SmiTypeView {
    const { gpus } = this.type(id)
    const found = gpus.flatMap(({ gpu }) => this.typesOf(gpu)).find((type) => type.id === id)
    if (found === undefined) throw new NvmlError('INVALID_ARGUMENT')
    return found
  }

  /** The fields of a type that decide its placement. @throws NvmlError INVALID_ARGUMENT */
  placed(gpu: number, id: number): PlacedType {
    const found = knownType(this.state, boardOf(stateAt(this.state, gpu)), id)
    if (found === undefined) throw new NvmlError('INVALID_ARGUMENT')
    return found
  }

  get profile(): Profile {
    return profileOf(this.state)
  }

  close(): void {
    this.#growth.close()
  }

  #load(): void {
    const place = placeOf({ dir: this.#context.settings.stateDir, contract: STATE })
    const view = readState<HostState>(place, STATE.schema)
    this.#state = view?.state ?? newHost()
    if (view !== undefined) findWith(this.#state, view)
    this.#loads += 1
    this.#second = -1
    this.#gpus.clear()
    this.#types.clear()
    this.#mig.clear()
    this.#allTypes = undefined
  }
}
