import type { FaceName, ProfileName } from '../../catalog/profiles.ts'
import type { GivenFigures } from '../../contract/state/figures.ts'
import type { Scheduler } from '../load/scheduler.ts'
import type { Definition, VgpuAttr } from '../state.ts'
import type { VgpuMode } from '../verbs/modes.ts'

/**
 * The desired state of a host, as a document gives it. Members that are left out keep their value. `at` is the place in the
 * document, for error messages: "host.yaml:12: gpus[0].vfs".
 */
export interface Desired {
  readonly host: HostRequest | null
  readonly types: readonly TypeRequest[]
  readonly gpus: readonly GpuRequest[]
  /** Every vGPU of the host besides those inside `gpus`; null when the document has no such list. */
  readonly vgpus: readonly VgpuRequest[] | null
  /** Every definition of the host; null when the document has no such list. */
  readonly definitions: readonly DefinitionRequest[] | null
}

/** Boards side by side. */
export interface BoardWish {
  readonly board: string
  readonly count: number
  /** Of a board whose figures are not published. */
  readonly figures?: GivenFigures
}

/** How the host is created. Any difference here needs a new host. */
export interface HostRequest {
  readonly at: string
  readonly profile?: ProfileName
  readonly face?: FaceName
  /** In slot order. */
  readonly boards?: readonly BoardWish[]
  readonly vgpuSupport?: boolean
  readonly registryDwords?: string
}

/** Types that the host has besides the catalogue's. */
export interface TypeRequest {
  readonly at: string
  /** NVA081_CTRL_VGPU_INFO. */
  readonly blob: Uint8Array
  /** Members that follow from the others by rule. */
  readonly derived: readonly string[]
}

export interface GpuRequest {
  readonly at: string
  readonly which: GpuChoice
  readonly vfs?: number
  /** Enables all VFs of a GPU that has none enabled and is to carry a vGPU. */
  readonly vfsIfNone?: true
  readonly autoprobe?: boolean
  readonly ecc?: boolean
  readonly eccAfterReset?: boolean
  readonly mig?: boolean
  readonly migAfterReset?: boolean
  readonly migTimeSlicing?: boolean
  /** Every GPU instance of the GPU. Without `mig` they switch MIG on. */
  readonly gpuInstances?: LayoutRequest
  readonly mode?: VgpuMode
  readonly scheduler?: Scheduler
  /** Keeps VFs, mode and scheduler for the next boot. */
  readonly persist?: boolean
  /** Every vGPU of the GPU besides those in the host's list. */
  readonly vgpus?: readonly VgpuRequest[]
}

/** All instances of a GPU, or all MIG devices, which are compute instances that fill their GPU instances as well as they can. */
export type LayoutRequest =
  | { readonly instances: readonly GpuInstanceRequest[] }
  | { readonly devices: readonly MigDeviceRequest[] }

export interface GpuInstanceRequest {
  readonly at: string
  /** Name or id. */
  readonly profile: string
  /** First slot. */
  readonly start?: number
  /** Default: an existing instance keeps its own, a new one gets one compute instance of its whole size. */
  readonly computeInstances?: readonly { readonly profile: string; readonly start?: number }[]
  /** Default: an existing instance keeps its own, a new one is homogeneous. */
  readonly mode?: VgpuMode
  readonly count: number
}

export interface MigDeviceRequest {
  readonly at: string
  /** 3g.20gb, 1c.3g.20gb. */
  readonly profile: string
  readonly count: number
}

/** One GPU by selector, or all GPUs with one of these indices and one of these PCI device ids; null matches any. */
export type GpuChoice =
  | { readonly selector: string }
  | { readonly indices: readonly number[] | null; readonly deviceIds: readonly number[] | null }

export interface VgpuRequest {
  readonly at: string
  readonly uuid?: string
  readonly name?: string
  /** Names of the type. The first that exists counts. */
  readonly types: readonly [string, ...string[]]
  readonly gpu?: string
  /** Address, GPU/index, or index. */
  readonly vf?: string
  readonly placementId?: number
  /** Id of its GPU instance. */
  readonly gpuInstance?: number
  /** Default: a new vGPU runs, an existing one keeps its state. */
  readonly state?: RequestedState
  readonly vm?: string
  /** UUID of the VM; else it follows from its name. */
  readonly vmUuid?: string
  readonly attrs?: readonly VgpuAttr[]
  readonly guest?: { readonly guestOs: string; readonly policy: 'closes' | 'ignores'; readonly tcc: boolean }
  /** Number of vGPUs; more than one only without uuid, name and vf. */
  readonly count: number
}

/** A definition. Members that are left out are not fixed. */
export interface DefinitionRequest
  extends Pick<VgpuRequest, 'at' | 'uuid' | 'name' | 'types' | 'gpu' | 'vf' | 'placementId'> {
  readonly start: Definition['start']
  readonly attrs: readonly VgpuAttr[]
}

export type RequestedState = 'configured' | 'running' | 'paused'
