import type { ProfileName } from '../../catalog/profiles.ts'
import type { Scheduler } from '../load/scheduler.ts'
import type { Definition, VgpuAttr } from '../state.ts'
import type { VgpuMode } from '../verbs/modes.ts'

/**
 * What a host should be, as documents say it. What is left out stays as it is. `at` says where it was said, "host.yaml:12:
 * gpus[0].vfs", for refusals.
 */
export interface Desired {
  readonly host: HostWish | null
  readonly types: readonly TypeWish[]
  readonly gpus: readonly GpuWish[]
  /** Every vGPU of the host, those inside `gpus` besides; null where vGPUs of the host as a whole are not spoken of. */
  readonly vgpus: readonly VgpuWish[] | null
  /** Every definition of the host; null where they are not spoken of. */
  readonly definitions: readonly DefinitionWish[] | null
}

/** How the host is made. Anything here that is otherwise makes it anew. */
export interface HostWish {
  readonly at: string
  readonly profile?: ProfileName
  /** In slot order. */
  readonly boards?: readonly { readonly board: string; readonly count: number }[]
  readonly vgpuSupport?: boolean
  readonly registryDwords?: string
}

/** Types that the host knows beside the catalogue's. */
export interface TypeWish {
  readonly at: string
  /** NVA081_CTRL_VGPU_INFO. */
  readonly blob: Uint8Array
}

export interface GpuWish {
  readonly at: string
  readonly which: GpuChoice
  readonly vfs?: number
  /** VFs enabled where there are none and a vGPU is wished: all there are. */
  readonly vfsIfNone?: true
  readonly autoprobe?: boolean
  readonly ecc?: boolean
  readonly eccAfterReset?: boolean
  readonly mode?: VgpuMode
  readonly scheduler?: Scheduler
  /** VFs, mode and scheduler are remembered for the next boot. */
  readonly persist?: boolean
  /** Every vGPU of the GPU, those of the host's list besides. */
  readonly vgpus?: readonly VgpuWish[]
}

/** One GPU by what a person calls it, or those with an index and a PCI device id among these; null is any. */
export type GpuChoice =
  | { readonly selector: string }
  | { readonly indices: readonly number[] | null; readonly deviceIds: readonly number[] | null }

export interface VgpuWish {
  readonly at: string
  readonly uuid?: string
  readonly name?: string
  /** Words for the type; the first that names one is meant. */
  readonly types: readonly [string, ...string[]]
  readonly gpu?: string
  /** Address, GPU/index, or index. */
  readonly vf?: string
  readonly placementId?: number
  /** Left out: a new one runs, one that is there stays as it is. */
  readonly state?: WishedState
  readonly vm?: string
  readonly attrs?: readonly VgpuAttr[]
  readonly guest?: { readonly guestOs: string; readonly policy: 'closes' | 'ignores'; readonly tcc: boolean }
  /** As many alike; more than one only without uuid, name and vf. */
  readonly count: number
}

/** A vGPU that is meant to be. What is left out is not fixed. */
export interface DefinitionWish
  extends Pick<VgpuWish, 'at' | 'uuid' | 'name' | 'types' | 'gpu' | 'vf' | 'placementId'> {
  readonly start: Definition['start']
  readonly attrs: readonly VgpuAttr[]
}

export type WishedState = 'configured' | 'running' | 'paused'
