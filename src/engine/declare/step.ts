import type { Scheduler } from '../load/scheduler.ts'
import type { InitOptions } from '../new-host.ts'
import type { Definition, VgpuAttr } from '../state.ts'
import type { VgpuMode } from '../verbs/modes.ts'
import type { RequestedState, VgpuRequest } from './desired.ts'
import type { Partition } from './layout.ts'
import type { Upload } from './resolve.ts'

/** The parameters of each act. GPUs and VFs are given by address. */
interface Facts {
  init: { options: InitOptions }
  upload: { types: readonly Upload[] }
  destroy: Standing
  stop: Standing
  suspend: Standing
  resume: Standing
  modify: Standing & { name?: string | null; attrs?: readonly VgpuAttr[] }
  start: Standing & Powering
  create: Powering & Pick<VgpuRequest, 'name' | 'placementId' | 'gpuInstance' | 'attrs'> & Creating
  ecc: { gpu: string; on: boolean }
  mig: { gpu: string; on: boolean }
  'time-slicing': { gpu: string; on: boolean }
  partition: { gpu: string; part: Partition }
  join: { gpu: string; part: Partition }
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

/** An existing vGPU. */
interface Standing {
  uuid: string
  vf: string
}

/** The VM that a vGPU is started for, and its guest. */
type Powering = Pick<VgpuRequest, 'vm' | 'vmUuid' | 'guest'>

interface Creating {
  uuid: string
  type: { id: number; name: string }
  /** null for the first GPU with room. */
  gpu: string | null
  /** null for the lowest free VF. */
  vf: string | null
  state: RequestedState
}

export type Act = keyof Facts

/** One act. `at` is its place in the document; empty when it follows from another request. */
export type Step<A extends Act = Act> = { [K in A]: { readonly do: K; readonly at: string } & Readonly<Facts[K]> }[A]
