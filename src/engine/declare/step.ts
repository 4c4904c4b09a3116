import type { Scheduler } from '../load/scheduler.ts'
import type { InitOptions } from '../new-host.ts'
import type { Definition, VgpuAttr } from '../state.ts'
import type { VgpuMode } from '../verbs/modes.ts'
import type { VgpuWish, WishedState } from './desired.ts'
import type { Upload } from './goal.ts'

/** What each act on the way to a desired host needs to know. GPUs and VFs by address. */
interface Facts {
  init: { options: InitOptions }
  upload: { types: readonly Upload[] }
  destroy: Standing
  stop: Standing
  suspend: Standing
  resume: Standing
  modify: Standing & { name?: string | null; attrs?: readonly VgpuAttr[] }
  start: Standing & Powering
  create: Powering & Pick<VgpuWish, 'name' | 'placementId' | 'attrs'> & Creating
  ecc: { gpu: string; on: boolean }
  autoprobe: { gpu: string; on: boolean }
  persist: { gpu: string; on: boolean }
  reset: { gpu: string }
  vfs: { gpu: string; count: number }
  mode: { gpu: string; mode: VgpuMode }
  scheduler: { gpu: string; scheduler: Scheduler }
  bind: { vf: string }
  define: { uuid: string; definition: Definition }
  redefine: { uuid: string; definition: Definition }
  undefine: { uuid: string }
}

/** A vGPU that is there. */
interface Standing {
  uuid: string
  vf: string
}

/** For whom a vGPU is started. */
type Powering = Pick<VgpuWish, 'vm' | 'guest'>

interface Creating {
  uuid: string
  type: { id: number; name: string }
  /** null: the first that fits. */
  gpu: string | null
  /** null: the lowest that is free. */
  vf: string | null
  state: WishedState
}

export type Act = keyof Facts

/** One act. `at` is where in a document it was asked for; empty where it follows from something else. */
export type Step<A extends Act = Act> = { [K in A]: { readonly do: K; readonly at: string } & Readonly<Facts[K]> }[A]
